"""What a client gets: the API's URL and a tenant's credentials, as environment variables."""

import outlook

TENANT = "contoso"


def of(ready, api):
    """The settings of a tenant's client at this API."""
    tenant = ready["tenants"][TENANT]
    people = tenant["members"]
    return {
        "API": api,
        "API_KEY": tenant["nylas_api_key"],
        "CLIENT_ID": tenant["nylas_client_id"],
        "GRANT_ID": people[0]["grant_id"],
        "ORGANIZER": people[0]["email"],
        "SECOND": people[1]["email"],
        "GRAPH": ready["graph"],
        "GRAPH_TOKEN": outlook.token(ready["graph"], tenant["microsoft"]),
    }
