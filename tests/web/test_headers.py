"""What every answer carries."""

from html import unescape

from asgi_browser import Browser
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from web.headers import PAGE, Headers, policy

TYPED = "&lt;script>alert(1)&lt;/script>"


async def page(_request: object) -> HTMLResponse:
    return HTMLResponse(
        f"<script>1</script><p>{TYPED}</p><script type='module'>2</script>", headers={PAGE: "page"}
    )


async def plain(_request: object) -> HTMLResponse:
    return HTMLResponse("<script>1</script>")


def client(*, secure: bool = False) -> Browser:
    routes = [Route("/page", page), Route("/plain", plain)]
    return Browser(Headers(Starlette(routes=routes), secure=secure))


def test_the_scripts_of_a_page_carry_the_nonce_of_its_policy_and_nothing_typed_does() -> None:
    answer = client().get("/page")
    nonce = answer.headers["content-security-policy"].split("'nonce-")[1].split("'")[0]
    assert answer.text.count(f'<script nonce="{nonce}"') == 2
    assert TYPED in answer.text
    assert unescape(TYPED).startswith("<script>")
    assert answer.headers["content-length"] == str(len(answer.content))


def test_only_pages_that_compile_templates_may_evaluate() -> None:
    answers = [client().get(path).headers["content-security-policy"] for path in ("/page", "/plain")]
    assert ["'unsafe-eval'" in each for each in answers] == [True, False]
    assert all("'unsafe-inline'" not in each.split("script-src")[1] for each in answers)


def test_no_nonce_comes_twice() -> None:
    asked = client()
    assert (
        asked.get("/page").headers["content-security-policy"]
        != asked.get("/page").headers["content-security-policy"]
    )
    assert policy("n", compiles=False).endswith("'nonce-n'")


def test_browsers_are_told_to_come_back_over_tls_only_where_there_is_tls() -> None:
    assert "strict-transport-security" not in client().get("/plain").headers
    assert "strict-transport-security" in client(secure=True).get("/plain").headers
