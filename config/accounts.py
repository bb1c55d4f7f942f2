"""How people get an account: by invitation only."""

from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def get_reset_password_from_key_url(self, key):
        """On the site's own host: the one of the request is what somebody wrote into it."""
        return settings.SITE_URL + urlsplit(super().get_reset_password_from_key_url(key)).path


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """An identity provider signs in the agents who were invited; it creates nobody."""

    def is_open_for_signup(self, request, sociallogin):
        return False
