"""Short and colloquial forms as the rules are written: what people leave out, and how they say it at home.

Each is a pattern of text that is otherwise normal (`text.normal`), and what stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_BODY = (
    "arm|back|belly|chest|eye|face|feet|foot|hand|head|heart|hip|knee|leg|neck|rib|shoulder|side|stomach|ankle|wrist"
)
_NEGATED = "[かがさたなばまらわえけせてねべめれ]"
"""How a Japanese verb ends before a western "not" (へん); other words that end in へん, as たいへん, do not."""

_STEMS = (
    "聞こえ|きこえ|わから|分から|いら|要ら|知ら|見え|でき|出来|動け|動か|うごけ|うごか|立て|起きれ"
    "|上がら|入ら|たまら|言わ"
)
"""Verbs whose "not" is often said as ん alone; elsewhere ん ends nouns (みかん)."""

_FORMS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "en": (
        (r"\bcan'?t\b|\bcannot\b", "can not"),
        (r"\bwon'?t\b", "will not"),
        (r"\b(are|is|was|were|do|does|did|has|have|had|could|should|would|must|need|ai)n'?t\b", r"\1 not"),
        (r"\b(i|you|we|they)'ve\b", r"\1 have"),
        (r"\bive\b", "i have"),
        (r"\bi'?m\b", "i am"),
        (r"\b(you|we|they)'re\b", r"\1 are"),
        (r"\b(i|you|he|she|we|they|it|there|that|who|what|where)'(?:ll)\b", r"\1 will"),
        (r"\b(he|she|it|that|there|who|what|where|how|here)'s\b", r"\1 is"),
        (r"\b((?:some|every)(?:body|one|thing)|nothing)'s\b", r"\1 is"),
        (r"\b(wh(?:at|o|ere)|that)s\b", r"\1 is"),
        (r"\b(i|you|he|she|we|they)'d\b", r"\1 would"),
        (r"\bgonna\b", "going to"),
        (r"\bgotta\b", "got to"),
        (r"\bwanna\b", "want to"),
        (r"\bgotten\b", "got"),
        (r"\blet'?s\b", "let us"),
        (r"\b(what|where|how|who|there)'ve\b", r"\1 have"),
        (r"\bmesel[fv]e?s?\b", "myself"),
        (r"\bever so\b", "so"),
        (rf"\bme (?=(?:(?:left|right|bad|poor|old) )?(?:{_BODY}|daughter|son|nurse)(?:s|'s)?\b)", "my "),
        (
            r"\b((?:my|the) (?:left |right )?\w+)'s "
            r"(?=(?:all|bad|bleeding|broken|going|gone|got|hurting|killing|not|numb|really|so|stuck|swollen)\b)",
            r"\1 is ",
        ),
    ),
    "fr": (
        (r"\bch(?:ui|uis|us)\b", "je suis"),
        (
            r"\bj (?=(?:suis|me|m|peux|sais|veux|vais|crois|sens|fais|dois|tombe|saigne|respire|bouge|ne|n)\b)",
            "je ",
        ),
        (r"(?<!\bje )(?<!\bon )\bt (?=as|es|entends|arrives|avais|etais)\b", "tu "),
        (r"\b(?:s te plait|steuplait|siouplait|si ?ou ?plait|sivouplait|stp|svp)\b", "s il te plait"),
        (r"(?<!\bil )(?<!\bn )\by a\b(?! t )", "il y a"),
        (r"^faudrait\b", "il faudrait"),
        (r"^faut\b", "il faut"),
        (r"\bquelle heure qu il\b", "quelle heure il"),
    ),
    "ja": (
        ("あらへん", "ない"),
        (rf"(?<={_NEGATED})へん(?=か|$|[^ぁ-ん]|の|ね|わ|で|や|け|よ)", "ない"),
        (rf"(?<={_NEGATED})へんかった", "なかった"),
        (r"(?<=[きしちにみりぎじび])ひん(?=か|$|[^ぁ-ん]|の|ね|わ|で|や|け|よ)", "ない"),
        (rf"({_STEMS})ん(?=$|[^ぁ-ん]|の|ね|わ|で|や|け|よ)", r"\1ない"),
        ("(?:し)?まへん", "ません"),
        ("んといて", "ないで"),
        ("といて", "ておいて"),
        ("ですやろ(?:う)?", "でしょう"),
        ("(?<=[いるた])ねん(?=け[どれ]|$|[。!?、])", "んだ"),
        ("(?<=[一-鿿のんぶきうけ])や(?=ない)", "じゃ"),
        ("(?<=て)(?:えな|んか)(?=$|[^ぁ-ん])", ""),
        ("(?<!ま)せんで(?=ええ|いい|も|くれ|$)", "しないで"),
        ("しも(?:う)?た", "しまった"),
        ("しも(?:う)?て", "しまって"),
        ("(?<!助け)(?<!たすけ)(?<=[てで])も(?:う)?た(?=$|[!。?、わよなんのけ])", "しまった"),
        ("(?<=[一-鿿のんぶき])や(?=ねん)", "なん"),
        ("(?<=[一-鿿のんぶきう])やろ(?:う)?", "だろう"),
        ("(?<=[一-鿿のんぶきう])やった", "だった"),
        ("(?<=[一-鿿のんぶきう])やで", "だよ"),
        ("(?<=[一-鿿のんぶきう])や(?=け[どれ]|な|$|[。!?、])", "だ"),
        ("誰ぞ|だれぞ", "誰か"),
        ("言う(?=て|た)", "言っ"),
        ("もろ(?:う)?て", "もらって"),
        ("早うて", "早くて"),
        ("(?:もっぺん|もう一遍|もういっぺん|もっかい)", "もう一回"),
        ("もうちょい", "もうちょっと"),
        ("でか(?=い|く)", "大き"),
        ("しよか", "しようか"),
        ("どない", "どう"),
        ("ほんま", "本当"),
    ),
}
_COMPILED = {language: [(re.compile(said), meant) for said, meant in forms] for language, forms in _FORMS.items()}


def written_out(text: str, language: str) -> str:
    """`text`, normal but for these, with its short and colloquial forms written out."""
    for said, meant in _COMPILED[language]:
        text = said.sub(meant, text)
    return text
