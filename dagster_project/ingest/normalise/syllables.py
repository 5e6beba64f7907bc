"""Which words can be Vietnamese: a syllable has one onset, one rhyme and one tone, and there are few of each.

By this, text in letters of an old font is told from text in Unicode: "Hßa" is no syllable, "Hòa" is one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

# Letters, and the signs that stand for letters in an old font: "§", "®", "·", …; also marks that found no letter.
WORD = re.compile(r"(?:[^\W\d_]|[\x80-\x9f¡-¿×÷€‚ƒ„†‡ˆ‰‹˜™›\u0300-\u036f])+")

_ONSET = "ngh|ng|nh|ch|gh|gi|kh|ph|th|tr|qu|[bcdđghklmnpqrstvx]"
_RHYMES = (
    "a ac ach ai ak am an ang anh ao ap at au ay ă ăc ăk ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep "
    "et ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu o oa oac oach oai oam oan "
    "oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp "
    "ôt ơ ơi ơm ơn ơp ơt u ua uâng uân uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt up ut uơ uy uya "
    "uych uyên uyêt uynh uyp uyt uyu ư ưa ưc ưi ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y ych yêm yên yêng yêt yêu "
    "ynh yt"
)
_SYLLABLE = re.compile(f"(?:{_ONSET})?({'|'.join(sorted(_RHYMES.split(), key=len, reverse=True))})")
_STOPPED = re.compile("(?:[cptk]|ch)$")  # such a rhyme has one of two tones
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_OF_STOPPED = ("\u0301", "\u0323")
_VOWEL = re.compile("[aăâeêioôơuưy]")
_PLAIN_IN_SHORT_FORMS = frozenset("ĐĂÂÊÔƠƯ")
_TONED_CAPITALS = frozenset("ÀÁÃÈÉÌÍÒÓÕÙÚÝ")  # those of Windows-1252, in which all such letters come


@lru_cache(maxsize=1 << 16)
def is_odd(word: str) -> bool:
    """Tell whether a word of Vietnamese writing is none: it holds a letter beyond ASCII and is neither a syllable nor
    a short form ("ĐVT", "trđ"). A word of ASCII letters, a lone letter or a lone sign says nothing."""
    if word.isascii() or len(word) == 1:
        return False
    if any(one.islower() and other in _TONED_CAPITALS for one, other in pairwise(word)):
        return True  # "hoÃ" is no "hoã"
    parts = unicodedata.normalize("NFD", word.lower())
    tones = [mark for mark in parts if mark in _TONES]
    base = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in _TONES))
    if not base.isalpha() or not base.translate(_VIETNAMESE).isascii():
        return True
    if not tones and (not _VOWEL.search(base) or (word.isupper() and _PLAIN_IN_SHORT_FORMS.issuperset(_beyond(word)))):
        return False
    found = _SYLLABLE.fullmatch(base)
    if found is None or len(tones) > 1:
        return True
    return bool(tones and _STOPPED.search(found[1]) and tones[0] not in _OF_STOPPED)


_VIETNAMESE = str.maketrans("ăâêôơưđ", "aaeooud")


def _beyond(word: str) -> set[str]:
    return {letter for letter in word if not letter.isascii()}


def count_odd_words(text: str) -> int:
    """Count the words of a text that are no Vietnamese."""
    return sum(is_odd(word) for word in WORD.findall(text))
