"""Words that tie the right to leave to something: no commitment may, and no terms of an offer.

A list, in the three languages that Tenure speaks. It finds what is said plainly; a person still has
to read what is published.
"""

import re
from collections.abc import Mapping

_LEAVE = r"(cancel|leave|terminate|end (the|your|this) (subscription|contract|plan))"
_ENGLISH = [
    rf"(you|they|team|account)('ll| will| may| can| could| shall| must)? ?(not|n't|never) {_LEAVE}",
    rf"(cannot|can't|can not|won't be able to|not be able to|not allowed to|no right to) {_LEAVE}",
    rf"(before|until) (you|they) (may|can|are allowed to) {_LEAVE}",
    rf"(you|they) (may|can) only {_LEAVE}",
    rf"{_LEAVE}\w* (only (after|once|when|if)|not before|no earlier than)",
    rf"(waive|give up|forgo)\w* (the|your|their|any)? ?right to {_LEAVE}",
    r"(minimum|fixed|binding) (term|contract|period|commitment)",
    r"(early )?(termination|cancellation|exit|leaving) (fee|charge|penalty)",
    r"(stay|remain|commit|locked? in)( with us)? (to stay )?(with us )?for at least",
    rf"you (pay|repay|owe|return)(?! nothing| no )( \w+){{1,5}} (if|when) you {_LEAVE}",
    rf"(paid|charged) back( \w+){{0,3}} (if|when) you {_LEAVE}",
    r"lock(ed|s)?[- ]in (for|until)",
]
_CHINESE = [
    r"(不得|不能|不可|不允许|不允許|无法|無法|无权|無權)(再)?(取消|退订|退訂|解约|解約|终止|終止|离开|離開)",
    r"(才能|才可|方可|方能)(取消|退订|退訂|解约|解約|终止|終止|离开|離開)",
    r"(放弃|放棄)(.{0,6})(取消|退订|退訂|解约|解約)",
    r"(违约金|違約金|解约费|解約費|取消费|取消費|最低(使用|合约|合約|订阅|訂閱)?期|最短(使用|合约|合約|订阅|訂閱)?期)",
    r"(至少|最少)(须|須|需|要|必须|必須)?(再)?(续订|續訂|使用|留)(.{0,4})(个月|個月|年)",
    r"(绑约|綁約|锁定期|鎖定期)",
]
_BINDING = re.compile("|".join((*_ENGLISH, *_CHINESE)), re.IGNORECASE)
_FREE = re.compile(
    r"(you|they) (may|can) (still )?(cancel|leave) (at any time|whenever)", re.IGNORECASE
)


def binding_words(texts: Mapping[str, str]) -> tuple[str, str] | None:
    """The language and the words that tie somebody; None where none do."""
    for language, text in texts.items():
        found = _BINDING.search(_FREE.sub(" ", text))
        if found:
            return language, found[0]
    return None
