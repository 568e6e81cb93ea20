"""A person at a browser: signs in, reads and fills in by what stands on the page, and takes pictures if asked to."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, Request, Response, expect

from tests.running_demo import ROOT, RunningDemo

PICTURES = ROOT / "docs" / "screenshots"
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}


class Visitor:
    def __init__(self, page: Page, demo: RunningDemo, login: str) -> None:
        self.page = page
        self.demo = demo
        self.person = next(one for one in demo.people if one["login"] == login)
        self.callbacks: list[Request] = []
        self.complaints: list[str] = []
        page.on("request", self._note_callback)
        page.on("console", self._note_complaint)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note_callback(self, request: Request) -> None:
        if request.url.startswith(f"{self.demo.portal_url}/signin-callback"):
            self.callbacks.append(request)

    def _note_complaint(self, message: ConsoleMessage) -> None:
        """What a browser says of a broken promise, above all of a Content-Security-Policy."""
        if message.type == "error" and "404" not in message.text:
            self.complaints.append(message.text)

    def open(self, path: str) -> Response | None:
        return self.page.goto(self.demo.portal_url + path)

    def fill_sign_in(self) -> None:
        """On the Instance ID's own page, which is on another site than the portal."""
        page = self.page
        expect(page).to_have_url(re.compile(re.escape(self.demo.sandbox_url) + "/id/"))
        page.get_by_label("Login").fill(self.person["login"])
        page.get_by_label("Password").fill(self.person["password"])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(re.escape(self.demo.portal_url) + "/(?!signin)"))

    def sign_in(self) -> None:
        self.open("/signin")
        self.fill_sign_in()

    def picture(self, name: str) -> None:
        """With SCREENSHOTS=1, the page as it stands, at both widths."""
        if os.environ.get("SCREENSHOTS") != "1":
            return
        PICTURES.mkdir(parents=True, exist_ok=True)
        for device, (width, height) in WIDTHS.items():
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.screenshot(path=_file(name, device), animations="disabled")
        self.page.set_viewport_size({"width": 1280, "height": 900})


def _file(name: str, device: str) -> Path:
    return PICTURES / f"{name}-{device}.png"
