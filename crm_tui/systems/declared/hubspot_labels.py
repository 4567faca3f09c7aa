"""HubSpot's labels in German, French and Spanish: an export has the headers of its user's language (formats.md 8a).

That exports do so is the vendor's word, their exact spelling is not: several are taken, and none alone tells a table.
"""

from __future__ import annotations

from dataclasses import replace

from crm_tui.systems.declare import Column, header_name

_LABELS = {
    "record_id": ("Datensatz-ID", "ID de fiche d'informations", "ID de l'enregistrement", "ID de registro"),
    "first_name": ("Vorname", "Prénom", "Nombre"),
    "last_name": ("Nachname", "Nom de famille", "Nom", "Apellidos", "Apellido"),
    "email": ("E-Mail", "E-Mail-Adresse", "Adresse e-mail", "Correo", "Correo electrónico"),
    "phone_number": ("Telefonnummer", "Numéro de téléphone", "Número de teléfono"),
    "mobile_phone_number": ("Mobiltelefonnummer", "Numéro de téléphone mobile", "Número de teléfono móvil"),
    "job_title": ("Jobbezeichnung", "Position", "Intitulé de poste", "Intitulé du poste", "Cargo"),
    "company_name": ("Unternehmensname", "Name des Unternehmens", "Nom de l'entreprise", "Nombre de la empresa"),
    "contact_owner": (
        "Für Kontakt zuständiger Mitarbeiter",
        "Zuständiger Mitarbeiter",
        "Propriétaire du contact",
        "Propietario del contacto",
    ),
    "lifecycle_stage": ("Lifecycle-Phase", "Phase du cycle de vie", "Etapa del ciclo de vida"),
    "lead_status": ("Lead-Status", "Statut du lead", "Estado del lead"),
    "street_address": ("Straße", "Adresse", "Adresse postale", "Dirección"),
    "city": ("Stadt", "Ort", "Ville", "Ciudad"),
    "state/region": ("Bundesland/Region", "Région", "Département/Région", "Estado/Región"),
    "postal_code": ("Postleitzahl", "Code postal", "Código postal"),
    "country/region": ("Land/Region", "Pays/Région", "País/Región"),
    "website_url": ("Website-URL", "URL du site web", "URL del sitio web"),
    "create_date": ("Erstellungsdatum", "Date de création", "Fecha de creación"),
    "last_modified_date": ("Datum der letzten Änderung", "Date de la dernière modification", "Última modificación"),
    "unsubscribed_from_all_email": (
        "Alle E-Mails abbestellt",
        "Désabonné de tous les e-mails",
        "Canceló la suscripción a todos los correos",
    ),
}
"""Column → labels, in no order."""


def in_every_language(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns with these labels among their spellings."""
    return tuple(
        replace(column, aliases=(*column.aliases, *map(header_name, _LABELS.get(column.name, ()))))
        for column in columns
    )
