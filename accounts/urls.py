"""The addresses of signing in and out. Those of the callbacks are registered in ERP.net to the letter."""

from django.urls import path
from mozilla_django_oidc.urls import OIDCAuthenticateClass, OIDCCallbackClass

from accounts.gates import public_page
from accounts.oidc.sign_out import SignOutView, signed_out
from accounts.views import invitations, people, view_as
from accounts.views.partners import partner_choice, switch_partner
from accounts.views.sessions import session_end, session_list, sessions_end
from accounts.views.trail import trail

urlpatterns = [
    path("signin", public_page(OIDCAuthenticateClass.as_view()), name="signin"),
    path("signin-callback", public_page(OIDCCallbackClass.as_view()), name="signin-callback"),
    path("signout", public_page(SignOutView.as_view()), name="signout"),
    path("signout-callback", public_page(signed_out), name="signout-callback"),
    path("sessions", session_list, name="sessions"),
    path("sessions/<uuid:session_id>/end", session_end, name="session-end"),
    path("sessions/end", sessions_end, name="sessions-end"),
    path("partner", switch_partner, name="switch-partner"),
    path("partner/choose", partner_choice, name="partner-choice"),
    path("people/", people.people_list, name="people"),
    path("people/invite", people.person_invite, name="person-invite"),
    path("people/<int:membership_id>/", people.person_edit, name="person"),
    path("people/<int:membership_id>/remove", people.person_remove, name="person-remove"),
    path("people/invitations/<uuid:invitation_id>/send", people.invitation_send, name="invitation-send"),
    path(
        "people/invitations/<uuid:invitation_id>/withdraw",
        people.invitation_withdraw,
        name="invitation-withdraw",
    ),
    path("invitations/<str:secret>", invitations.invitation, name="invitation"),
    path("trail", trail, name="trail"),
    path("view-as/<uuid:partner_id>", view_as.begin, name="view-as"),
    path("view-as/end", view_as.end, name="view-as-end"),
]
