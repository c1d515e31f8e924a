"""What the organizer sees in Outlook: Graph itself, with the tenant's own app."""

import requests

TIMEOUT = 30  # seconds


def token(graph, microsoft):
    """An access token of the tenant's app."""
    form = {
        "grant_type": "client_credentials",
        "client_id": microsoft["client_id"],
        "client_secret": microsoft["client_secret"],
        "scope": "https://graph.microsoft.com/.default",
    }
    answer = requests.post(f"{graph}/{microsoft['directory_id']}/oauth2/v2.0/token", data=form, timeout=TIMEOUT)
    answer.raise_for_status()
    return answer.json()["access_token"]
