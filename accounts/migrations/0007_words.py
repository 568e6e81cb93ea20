"""Names for people of what the admin shows. Nothing in the database changes."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_lines_of_the_acting_partner'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='accessrequest',
            options={'verbose_name': 'access request', 'verbose_name_plural': 'access requests'},
        ),
        migrations.AlterModelOptions(
            name='auditevent',
            options={'ordering': ['-id'], 'verbose_name': 'audit event', 'verbose_name_plural': 'audit trail'},
        ),
        migrations.AlterModelOptions(
            name='invitation',
            options={'ordering': ['-created_at'], 'verbose_name': 'invitation', 'verbose_name_plural': 'invitations'},
        ),
        migrations.AlterModelOptions(
            name='membership',
            options={'verbose_name': 'membership', 'verbose_name_plural': 'memberships'},
        ),
        migrations.AlterModelOptions(
            name='partner',
            options={'ordering': ['name'], 'verbose_name': 'partner', 'verbose_name_plural': 'partners'},
        ),
        migrations.AlterModelOptions(
            name='staffgrant',
            options={'verbose_name': 'staff grant', 'verbose_name_plural': 'staff grants'},
        ),
        migrations.AlterModelOptions(
            name='user',
            options={'ordering': ['name', 'login'], 'verbose_name': 'user', 'verbose_name_plural': 'users'},
        ),
        migrations.AlterField(
            model_name='accessrequest',
            name='answered_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='answered at'),
        ),
        migrations.AlterField(
            model_name='accessrequest',
            name='reason',
            field=models.CharField(blank=True, help_text='Reason code, such as PP203.', max_length=8, verbose_name='reason'),
        ),
        migrations.AlterField(
            model_name='accessrequest',
            name='requested_at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='asked at'),
        ),
        migrations.AlterField(
            model_name='accessrequest',
            name='state',
            field=models.CharField(choices=[('waiting', 'Being looked up'), ('granted', 'Granted'), ('refused', 'Refused')], default='waiting', max_length=10, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='accessrequest',
            name='user',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='access_request', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='at',
            field=models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name='at'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='correlation_id',
            field=models.CharField(blank=True, max_length=36, verbose_name='reference'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='detail',
            field=models.JSONField(blank=True, default=dict, verbose_name='details'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='kind',
            field=models.CharField(choices=[('sign_in', 'Sign-in'), ('sign_out', 'Sign-out'), ('refusal', 'Refused access'), ('role', 'Role or membership change'), ('write', 'Change by a partner'), ('staff', 'Staff action'), ('view_as', 'Staff looking as a partner')], max_length=10, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='login',
            field=models.CharField(blank=True, max_length=254, verbose_name='login'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='partner_id',
            field=models.UUIDField(null=True, verbose_name='partner'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='reason',
            field=models.CharField(blank=True, max_length=64, verbose_name='reason'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='subject',
            field=models.CharField(blank=True, max_length=200, verbose_name='about'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='succeeded',
            field=models.BooleanField(default=True, verbose_name='succeeded'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='user_id',
            field=models.UUIDField(null=True, verbose_name='person'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='accepted_at',
            field=models.DateTimeField(null=True, verbose_name='accepted at'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='accepted_by',
            field=models.UUIDField(null=True, verbose_name='accepted by'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='invited at'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='email',
            field=models.EmailField(max_length=254, verbose_name='e-mail'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='expires_at',
            field=models.DateTimeField(verbose_name='valid until'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='invited_by',
            field=models.UUIDField(verbose_name='invited by'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='mail_due_at',
            field=models.DateTimeField(help_text='When the mail is next tried. Empty: it is sent.', null=True, verbose_name='mail due'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='accounts.partner', verbose_name='partner'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='role',
            field=models.CharField(choices=[('Basic', 'Basic'), ('Orders', 'Orders, without prices'), ('OrdersWithPrices', 'Orders with prices'), ('Billing', 'Billing'), ('Admin', 'Administrator'), ('Owner', 'Owner')], max_length=20, verbose_name='role'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='withdrawn_at',
            field=models.DateTimeField(null=True, verbose_name='withdrawn at'),
        ),
        migrations.AlterField(
            model_name='membership',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='granted at'),
        ),
        migrations.AlterField(
            model_name='membership',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='membership',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='accounts.partner', verbose_name='partner'),
        ),
        migrations.AlterField(
            model_name='membership',
            name='role',
            field=models.CharField(choices=[('Basic', 'Basic'), ('Orders', 'Orders, without prices'), ('OrdersWithPrices', 'Orders with prices'), ('Billing', 'Billing'), ('Admin', 'Administrator'), ('Owner', 'Owner')], max_length=20, verbose_name='role'),
        ),
        migrations.AlterField(
            model_name='membership',
            name='source',
            field=models.CharField(choices=[('directory', 'ERP.net directory'), ('external_access', 'External access of the customer in ERP.net'), ('invitation', 'Invitation'), ('person', 'Granted by a person')], default='directory', max_length=20, verbose_name='source'),
        ),
        migrations.AlterField(
            model_name='membership',
            name='updated_at',
            field=models.DateTimeField(auto_now=True, verbose_name='last change'),
        ),
        migrations.AlterField(
            model_name='partner',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='known since'),
        ),
        migrations.AlterField(
            model_name='partner',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='partner',
            name='is_customer',
            field=models.BooleanField(default=False, verbose_name='customer'),
        ),
        migrations.AlterField(
            model_name='partner',
            name='is_vendor',
            field=models.BooleanField(default=True, verbose_name='vendor'),
        ),
        migrations.AlterField(
            model_name='partner',
            name='name',
            field=models.CharField(max_length=254, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='partner',
            name='number',
            field=models.CharField(blank=True, max_length=16, verbose_name='number'),
        ),
        migrations.AlterField(
            model_name='staffgrant',
            name='expires_at',
            field=models.DateTimeField(verbose_name='valid until'),
        ),
        migrations.AlterField(
            model_name='staffgrant',
            name='login',
            field=models.CharField(max_length=254, primary_key=True, serialize=False, verbose_name='login'),
        ),
        migrations.AlterField(
            model_name='user',
            name='chosen_partner_id',
            field=models.UUIDField(editable=False, help_text='The partner that the person last chose to act for.', null=True, verbose_name='chosen partner'),
        ),
        migrations.AlterField(
            model_name='user',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='first sign-in'),
        ),
        migrations.AlterField(
            model_name='user',
            name='email',
            field=models.EmailField(blank=True, max_length=254, verbose_name='e-mail'),
        ),
        migrations.AlterField(
            model_name='user',
            name='email_verified',
            field=models.BooleanField(default=False, verbose_name='e-mail verified'),
        ),
        migrations.AlterField(
            model_name='user',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='user',
            name='issuer',
            field=models.CharField(editable=False, max_length=255, verbose_name='issuer'),
        ),
        migrations.AlterField(
            model_name='user',
            name='language',
            field=models.CharField(blank=True, max_length=15, verbose_name='language'),
        ),
        migrations.AlterField(
            model_name='user',
            name='login',
            field=models.CharField(max_length=254, verbose_name='login'),
        ),
        migrations.AlterField(
            model_name='user',
            name='name',
            field=models.CharField(blank=True, max_length=254, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='user',
            name='user_type',
            field=models.CharField(choices=[('InternalUser', 'Internal user'), ('ExternalCommunityUser', 'External community user')], max_length=32, verbose_name='kind of user'),
        ),
    ]
