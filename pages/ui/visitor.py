"""Who is looking: a random cookie, so that a visitor's own data is found again after a reload.

Streamlit's session state is lost when a page is reloaded. The cookie is set with the first HTML answer,
hence before the page opens its websocket, and `st.context.cookies` shows it from the first run on.
The value is a secret of that browser: never show, log or share it.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "visitor"
DAYS = 30
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{32}")


def _new() -> str:
    return secrets.token_urlsafe(24)


def _is_well_formed(value: object) -> bool:
    return isinstance(value, str) and _WELL_FORMED.fullmatch(value) is not None


def visitor() -> str:
    """Name the browser that looks at this page; where cookies are blocked, only this session of it."""
    value = st.context.cookies.get(COOKIE)
    if _is_well_formed(value):
        return str(value)
    return str(st.session_state.setdefault("_visitor", _new()))


class VisitorCookie:
    """ASGI middleware: gives a new browser its cookie, and every answer two harmless security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add to the head of the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        cookie = _cookie_for(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                if cookie:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _cookie_for(scope: Scope) -> str | None:
    """Write the cookie for a browser that opens a page (not one of its files) and has none."""
    headers = Headers(scope=scope)
    opens_page = scope["method"] == "GET" and "text/html" in headers.get("accept", "")
    if not opens_page or _is_well_formed(HTTPConnection(scope).cookies.get(COOKIE)):
        return None
    proto = headers.get("x-forwarded-proto", scope.get("scheme", "http")).split(",")[0].strip()
    secure = "; Secure" if proto == "https" else ""
    return f"{COOKIE}={_new()}; Max-Age={DAYS * 86400}; Path=/; HttpOnly; SameSite=Lax{secure}"
