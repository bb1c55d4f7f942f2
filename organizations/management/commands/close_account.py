from django.core.management.base import BaseCommand, CommandError

from organizations.exceptions import OrganizationsError
from organizations.models import Agent
from organizations.services.accounts import close_account


class Command(BaseCommand):
    help = "Close the account of an agent: they cannot sign in any more, and what they did stays."

    def add_arguments(self, parser):
        parser.add_argument("email")

    def handle(self, *args, email, **options):
        agent = Agent.objects.filter(email__iexact=email).first()
        if agent is None:
            raise CommandError(f"Nobody has an account with {email}.")
        try:
            close_account(agent=agent)
        except OrganizationsError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"The account of {agent} is closed.")
