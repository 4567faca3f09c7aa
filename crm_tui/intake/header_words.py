"""What the words of a header mean: the spellings of every system here, and everyday words of six languages.

A meaning is a canonical field (``systems/fields.py``), ``id:<system>`` for a record id that a contact map holds, or
``record_id`` for one in the table's own system.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from crm_tui.systems import TABLES, label
from crm_tui.systems.declare import Column, Kind, Role, Table
from crm_tui.systems.reference import MAPPED

RECORD_ID = "record_id"

_WORDS: Mapping[str, Mapping[str, str]] = {
    "German": {
        "name": "name, vollständiger name, kontaktname",
        "first_name": "vorname, rufname",
        "last_name": "nachname, familienname, zuname",
        "email": "e-mail-adresse, mailadresse, mail",
        "phone": "telefon, telefonnummer, tel, tel nr, rufnummer, festnetz, telefon geschäftlich",
        "mobile_phone": "handy, handynummer, mobil, mobiltelefon, mobilnummer",
        "home_phone": "telefon privat, privattelefon",
        "company": "firma, firmenname, unternehmen, organisation, betrieb",
        "job_title": "position, stellenbezeichnung, berufsbezeichnung, funktion, beruf",
        "address1": "straße, strasse, anschrift, straße und hausnummer, adresse",
        "city": "ort, stadt, wohnort",
        "state": "bundesland, kanton",
        "postal_code": "plz, postleitzahl",
        "country": "land, staat",
        "website": "webseite, internetseite, homepage",
        "birthday": "geburtstag, geburtsdatum, geb datum",
        "owner": "zuständig, betreuer, kontaktinhaber, verantwortlicher",
        "lead_source": "quelle, herkunft, leadquelle",
        "tags": "schlagwörter, schlagworte, stichwörter, etiketten",
        "description": "beschreibung, notiz, notizen, bemerkung, bemerkungen, anmerkung",
        "created_at": "erstellt, erstellt am, angelegt am, erstelldatum, anlagedatum",
        "modified_at": "geändert am, aktualisiert am, änderungsdatum, letzte änderung",
        RECORD_ID: "kundennummer, kundennr, kontaktnummer, nummer, datensatznummer",
        "amount": "betrag, auftragswert, wert, summe",
        "currency": "währung",
        "stage": "phase, verkaufsphase",
        "close_date": "abschlussdatum",
        "probability": "wahrscheinlichkeit",
        "deal_name": "verkaufschance, geschäft, angebot, auftrag",
        "subject": "betreff",
        "body": "nachricht, inhalt",
        "starts_at": "beginn, beginnt am, anfang, startzeit, termin am, datum, zeitpunkt, uhrzeit",
        "activity_type": "art, aktivität, aktivitätstyp",
        "duration_s": "dauer in sekunden",
        "direction": "richtung",
        "status": "status, zustand",
    },
    "Spanish": {
        "name": "nombre completo, nombre y apellidos",
        "first_name": "nombre, nombre de pila",
        "last_name": "apellido, apellidos",
        "email": "correo, correo electrónico, dirección de correo",
        "phone": "teléfono, número de teléfono, telf",
        "mobile_phone": "móvil, celular, teléfono móvil",
        "home_phone": "teléfono particular",
        "company": "empresa, compañía, razón social",
        "job_title": "cargo, puesto",
        "address1": "dirección, calle, domicilio",
        "city": "ciudad, población, localidad",
        "state": "provincia",
        "postal_code": "código postal, cp",
        "country": "país",
        "website": "sitio web, página web",
        "birthday": "cumpleaños, fecha de nacimiento",
        "owner": "propietario, responsable",
        "lead_source": "origen, fuente",
        "tags": "etiquetas",
        "description": "descripción, notas, observaciones",
        "created_at": "fecha de creación, creado",
        "modified_at": "fecha de modificación, última modificación, actualizado",
        RECORD_ID: "número de cliente, código de cliente",
        "amount": "importe, monto, valor",
        "deal_name": "oportunidad, negocio",
        "currency": "moneda",
        "stage": "etapa",
        "close_date": "fecha de cierre",
        "subject": "asunto",
        "body": "mensaje",
        "starts_at": "inicio, fecha de inicio, fecha y hora, fecha",
        "activity_type": "tipo de actividad",
        "status": "estado",
    },
    "French": {
        "name": "nom complet",
        "first_name": "prénom",
        "last_name": "nom, nom de famille",
        "email": "courriel, adresse e-mail, adresse électronique",
        "phone": "téléphone, numéro de téléphone",
        "mobile_phone": "portable, téléphone portable",
        "company": "société, entreprise",
        "job_title": "fonction, poste",
        "address1": "rue, adresse",
        "city": "ville",
        "postal_code": "code postal",
        "country": "pays",
        "birthday": "anniversaire, date de naissance",
        "created_at": "date de création, créé le",
        "modified_at": "date de modification, modifié le",
        "tags": "étiquettes",
        "description": "remarques, commentaire",
        "amount": "montant",
        "currency": "devise",
        "starts_at": "début, date de début",
        RECORD_ID: "numéro client",
    },
    "Italian": {
        "name": "nome e cognome, nome completo",
        "first_name": "nome",
        "last_name": "cognome",
        "email": "posta elettronica, indirizzo e-mail",
        "phone": "telefono, numero di telefono",
        "mobile_phone": "cellulare",
        "company": "azienda, società",
        "address1": "indirizzo, via",
        "city": "città",
        "postal_code": "cap",
        "country": "paese, nazione",
        "birthday": "compleanno, data di nascita",
    },
    "Portuguese": {
        "first_name": "nome próprio, primeiro nome",
        "last_name": "sobrenome, apelido",
        "phone": "telefone",
        "mobile_phone": "telemóvel",
        "company": "empresa",
        "city": "cidade",
        "postal_code": "código postal, cep",
        "birthday": "data de nascimento",
    },
    "Dutch": {
        "first_name": "voornaam",
        "last_name": "achternaam",
        "email": "e-mailadres",
        "phone": "telefoonnummer, telefoon",
        "company": "bedrijf, bedrijfsnaam",
        "address1": "adres, straat",
        "city": "plaats, woonplaats",
        "postal_code": "postcode",
        "birthday": "geboortedatum",
    },
    "English": {
        "name": "full name, contact name, person",
        "first_name": "given name, forename, fname",
        "last_name": "family name, surname, lname",
        "email": "e-mail address, mail address, email id",
        "phone": "telephone, phone no, tel, telephone number, work phone, business phone",
        "mobile_phone": "mobile, cell, cell phone, mobile number",
        "home_phone": "home phone",
        "company": "organisation, organization, employer, business name, account",
        "job_title": "role, position, job",
        "address1": "street, street address, address, address line 1",
        "city": "town",
        "state": "province, county, region",
        "postal_code": "zip, zip code, postcode",
        "country": "nation",
        "website": "web site, url, homepage",
        "birthday": "date of birth, dob, birth date",
        "owner": "assigned to, account manager, sales rep",
        "lead_source": "source, origin",
        "tags": "labels, tag",
        "description": "notes, note, comments, remarks",
        "created_at": "created, created on, date created, date added, signup date",
        "modified_at": "modified, updated, last updated, last modified, last change",
        RECORD_ID: "id, contact id, customer id, customer number, record id, uid, uuid, guid, reference",
        "amount": "value, deal value, price, total",
        "stage": "deal stage, sales stage",
        "deal_name": "deal, deal title, opportunity, opportunity name",
        "subject": "title, topic",
        "body": "message, text, content",
        "starts_at": "start, starts, start time, date and time, scheduled for, when, date, time, timestamp",
        "activity_type": "activity, type of activity, event type",
        "direction": "inbound outbound",
        "author": "logged by, agent",
        "outcome": "result",
        "duration_s": "duration in seconds, seconds",
        "status": "state of appointment",
    },
}
"""Language → meaning → words, as people call the columns of their own lists."""

_NOISE = frozenset(
    (
        *("value", "wert", "field", "feld", "primary", "main", "haupt", "principal", "default", "data", "info"),
        *("des", "der", "die", "das", "of", "the", "de", "del", "la", "el", "le", "di", "da", "no", "nr"),
        *("contact", "contacts", "kontakt", "kontakts", "contacto", "client", "cliente", "customer", "person"),
        *("kunde", "kunden", "personal", "lead", "business", "work", "geschaftlich", "dienstlich", "trabajo"),
    )
)
"""Words that say nothing of what a column holds, as compared."""
_ID_WORDS = frozenset(("id", "ids", "nr", "nummer", "key", "number"))
_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-zß-ÿ0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Meaning(NamedTuple):
    """What a header cell may mean, and who calls it so."""

    what: str
    said: str
    """Why: ``called so in HubSpot and Zoho``, ``called so in German``."""
    exact: bool
    """Whether the cell is that word, and not one that holds it."""
    number: int = 0
    """The number in the cell, as in ``E-mail 2 - Value``; 0 = none."""


def words(cell: str) -> tuple[str, ...]:
    """The words of a header cell, without accents, case, signs and the humps of camelCase."""
    plain = unicodedata.normalize("NFKC", cell[:200])
    apart = _HUMP.sub(" ", plain).casefold().replace("ß", "ss")
    bare = "".join(char for char in unicodedata.normalize("NFD", apart) if not unicodedata.combining(char))
    return tuple(_TOKEN.findall(bare))


def meanings(cell: str) -> tuple[Meaning, ...]:
    """What a header cell may mean, the likeliest first; none where nobody here calls anything so."""
    found = words(cell)
    number = next((int(word) for word in found if word.isdigit() and len(word) < 4), 0)
    # camelCase parts the name of HubSpot.
    named = {*found, *(one + two for one, two in pairwise(found))}
    system = next((name for name in MAPPED if name in named), "")
    if system and _ID_WORDS & {*found}:
        return (Meaning(f"id:{system}", f"named as an id of {MAPPED[system]}", exact=True),)
    bare = [word for word in found if not word.isdigit()]
    for exact, tried in ((True, found), (not number, bare), (False, [word for word in bare if word not in _NOISE])):
        known = _known().get("".join(tried))
        if known:
            return tuple(Meaning(what, said, exact, number) for what, said in known)
    return ()


@cache
def _known() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Header words without blanks → (meaning, who says so), the commonest meaning first."""
    said: dict[str, dict[str, dict[str, None]]] = {}
    weight: Counter[tuple[str, str]] = Counter()
    for word, what, who in _spellings():
        said.setdefault(word, {}).setdefault(what, {})[who] = None
        weight[word, what] += 1
    return {
        word: tuple(
            (what, f"called so in {_listed(list(by))}")
            for what, by in sorted(found.items(), key=lambda one, word=word: -weight[word, one[0]])  # type: ignore[misc]
        )
        for word, found in said.items()
    }


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:2])} and others" if len(names) > 2 else " and ".join(names)


def _spellings() -> Iterator[tuple[str, str, str]]:
    for table in TABLES.values():
        for column in table.columns:
            what = meaning_of(table, column)
            if what and table.payload is None and not table.by_map and table.kind.judged:
                for name in (column.name, *column.aliases):
                    yield "".join(words(name)), what, label(table.system)
    for language, of_language in _WORDS.items():
        for what, listed in of_language.items():
            for phrase in listed.split(", "):
                yield "".join(words(phrase)), what, language


_BY_ROLE = {
    Role.EVENT_ID: RECORD_ID,
    Role.EMAIL: "email",
    Role.PHONE: "phone",
    Role.TIME: "starts_at",
    Role.STATUS: "status",
    Role.ACTIVITY_TYPE: "activity_type",
    Role.UPDATED_AT: "modified_at",
    Role.DIRECTION: "direction",
    Role.CHANNEL: "channel",
    Role.FIELD: "changed_field",
    Role.NEW_VALUE: "new_value",
}


def meaning_of(table: Table, column: Column) -> str:
    """What a column of a known table means, in the words of ``meanings``; ``""`` for what is never proposed."""
    if column.role is Role.SYSTEM_ID:
        own = column.system == table.system and table.kind is not Kind.CONTACT_MAP
        return RECORD_ID if own and not table.by_map else f"id:{column.system}"
    if column.role is Role.UPDATED_AT and column.system:
        return f"updated:{column.system}"
    if column.field:
        return column.field
    title = "subject" if column.role is Role.TEXT and column.name in ("title", "summary") else ""
    return title or _BY_ROLE.get(column.role, "")
