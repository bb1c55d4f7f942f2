"""How people get an account: by invitation only."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """An identity provider signs in the agents who were invited; it creates nobody."""

    def is_open_for_signup(self, request, sociallogin):
        return False
