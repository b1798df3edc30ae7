"""`/docs`: the OpenAPI document in Swagger UI, whose files come from this server: it works without the Internet."""

from fastapi import FastAPI, Response
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from clearance.api.openapi import ADDRESS

ONLY_FROM_HERE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)
"""The browser then refuses whatever would be loaded from elsewhere."""
PARAMETERS = {"validatorUrl": None, "tryItOutEnabled": True, "defaultModelsExpandDepth": 0}


def add_to(app: FastAPI) -> None:
    """Serve `/docs`, and lead there from `/`."""
    app.mount("/docs/ui", StaticFiles(packages=[("fastapi_standalone_docs", "static/swagger")]))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        page = get_swagger_ui_html(
            openapi_url=ADDRESS,
            title=app.title,
            swagger_js_url="/docs/ui/swagger-ui-bundle.js",
            swagger_css_url="/docs/ui/swagger-ui.css",
            swagger_favicon_url="data:,",
            swagger_ui_parameters=PARAMETERS,
        )
        page.headers["Content-Security-Policy"] = ONLY_FROM_HERE
        return page

    @app.get("/", include_in_schema=False)
    async def root() -> Response:
        return RedirectResponse("/docs")
