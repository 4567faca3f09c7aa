"""Three people of a contact map, as the systems beside Salesforce, HubSpot and Close know them."""

from __future__ import annotations

ANN = {
    "pipedrive_contact_id": "501",
    "zoho_contact_id": "5361160000000501001",
    "dynamics_contact_id": "0a1b2c3d-0000-4000-8000-000000000501",
    "copper_contact_id": "167480501",
    "ghl_contact_id": "AnnAaAnnAaAnnAaAnnAa",
    "email": "ann@one.test",
    "phone": "+12125550101",
    "first_name": "Ann",
    "last_name": "Archer",
    "company": "Acme Corp",
    "job_title": "Buyer",
    "city": "Austin",
    "email_opt_out": "false",
    "owner": "Rita Rep",
    "lead_source": "Fair",
    "tags": "vip; west",
}
BOB = {
    "pipedrive_contact_id": "502",
    "zoho_contact_id": "5361160000000502001",
    "dynamics_contact_id": "0a1b2c3d-0000-4000-8000-000000000502",
    "copper_contact_id": "167480502",
    "ghl_contact_id": "BobBbBobBbBobBbBobBb",
    "email": "bob@two.test",
    "phone": "+12125550102",
    "first_name": "Bob",
    "last_name": "Brook",
    "company": "Beta Ltd",
    "job_title": "",
    "city": "",
    "email_opt_out": "true",
    "owner": "Rita Rep",
    "lead_source": "Web",
    "tags": "",
}
CARA = {
    "pipedrive_contact_id": "503",
    "zoho_contact_id": "5361160000000503001",
    "dynamics_contact_id": "0a1b2c3d-0000-4000-8000-000000000503",
    "copper_contact_id": "167480503",
    "ghl_contact_id": "CaraCCaraCCaraCCaraC",
    "email": "cara@three.test",
    "phone": "+12125550103",
    "first_name": "Cara",
    "last_name": "Cole",
    "company": "",
    "job_title": "",
    "city": "",
    "email_opt_out": "false",
    "owner": "",
    "lead_source": "",
    "tags": "",
}
PEOPLE = (ANN, BOB, CARA)
