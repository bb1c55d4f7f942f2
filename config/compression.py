"""Pages travel compressed: a week of slots is 37 kB of HTML, and 4 kB on a slow line."""

from django.middleware.gzip import GZipMiddleware


class PageCompressionMiddleware(GZipMiddleware):
    """Django's, for HTML only: what is downloaded is compressed already, and static files are beforehand.

    Its random padding and the masked CSRF tokens keep the length of a page from telling what is in it (BREACH).
    """

    def process_response(self, request, response):
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
