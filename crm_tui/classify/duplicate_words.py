"""How alike the records of a group of duplicates are, in words; both scores stand side by side (X1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crm_tui.classify.staging import field_label
from crm_tui.text import one_of

if TYPE_CHECKING:
    from crm_tui.classify.duplicates import Member
    from crm_tui.identity.duplicates.scan import Suspect


def strength(pairs: Sequence[Suspect]) -> str:
    """``99.9% probable``: of the two records that are alike the most."""
    best = max((one.probability or 0.0 for one in pairs), default=0.0)
    if best:
        return f"{min(best, 0.999):.1%} probable"
    return (
        "certain" if any(one.match.exact for one in pairs) else f"score {max(one.match.relative for one in pairs):.0%}"
    )


def pair_words(one: Suspect, members: Sequence[Member]) -> str:
    """Both scores of one pair in a sentence, with the factors compared and what each field adds."""
    names = "" if len(members) == 2 else f"{members[one.first].token} and {members[one.second].token}: "
    return f"{names}{scores_words(one, company=not members[0].event.table.kind.is_person)}."


def scores_words(one: Suspect, *, company: bool = False) -> str:
    """``score 0.65 of 0.85 comparable (76%): e-mail, phone; probability 99.8%: e-mail +12.3, last name −2.1``."""
    match = one.match
    factors = [
        f"{factor_label(name, not company)}{'' if alike == 1 else f' {alike:.0%}'}"
        for name, alike in match.factors.items()
    ]
    if match.exact:
        text = f"certain by the same {one_of(factors, 'and') if len(factors) > 1 else 'id'}"
    else:
        text = f"score {match.score:.2f} of {match.comparable:.2f} comparable ({match.relative:.0%})"
        text += f": {', '.join(factors)}" if factors else ""
    if one.probability is None:
        return text
    weights = ", ".join(
        f"{field_label(name)} {weight:+.1f}" for name, weight in sorted(one.weights.items(), key=lambda item: -item[1])
    )
    return f"{text}; probability {min(one.probability, 0.9999):.2%}: {weights}"


def factor_label(name: str, is_person: bool) -> str:
    """A company's web domain stands where a person has an e-mail."""
    return "website" if name == "email" and not is_person else field_label(name)
