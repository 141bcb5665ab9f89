"""What simulated companies and people are called. Every domain ends in `.example`."""

import unicodedata

STEMS = (
    "Ahorn", "Alder", "Amber", "Anker", "Arbor", "Ashby", "Atlas", "Auriga", "Bernau", "Birk",
    "Blauwal", "Bramble", "Bruckner", "Calder", "Candela", "Cedar", "Cobalt", "Corvus", "Dalby",
    "Delphin", "Dorn", "Eastgate", "Elbufer", "Elm", "Ember", "Esker", "Falke", "Farrow", "Fjord",
    "Flint", "Foxglove", "Garnet", "Gleis", "Granit", "Harbour", "Hasel", "Hawthorn", "Heron",
    "Hollis", "Isar", "Ivory", "Juniper", "Kestrel", "Kiesel", "Komet", "Lantern", "Larch",
    "Linden", "Lumen", "Marlow", "Meridian", "Mistral", "Moorland", "Nordlicht", "Novum", "Oakley",
    "Opal", "Orchard", "Otter", "Paragon", "Pelikan", "Quarry", "Quill", "Ravel", "Redwood",
    "Rhein", "Rowan", "Saffron", "Salt", "Sextant", "Sierra", "Sparrow", "Tamar", "Thistle",
    "Tiber", "Topaz", "Umbra", "Vega", "Verdant", "Vistula", "Walnut", "Wester", "Willow", "Zephyr",
)  # fmt: skip
TRADES = {
    "agency": ("Creative", "Studio", "Media", "Brand Works"),
    "consulting": ("Consulting", "Advisory", "Partners", "Strategy"),
    "architecture": ("Architects", "Design Office", "Planning", "Atelier"),
    "engineering": ("Engineering", "Technical", "Structures", "Controls"),
    "software": ("Software", "Digital", "Systems", "Labs"),
    "legal": ("Law", "Counsel", "Legal Partners", "Notaries"),
    "accounting": ("Accounting", "Tax Advisers", "Audit", "Bookkeeping"),
    "events": ("Events", "Stage", "Congress", "Festivals"),
    "construction": ("Construction", "Timber Homes", "Site Management", "Roofing"),
    "education": ("Academy", "Learning", "Training", "Institute"),
    "tourism": ("Journeys", "Travel", "Tours", "Retreats"),
}
CHINESE_STEMS = {
    "CN": (
        "青禾", "远山", "明德", "云帆", "启明", "和风", "长风", "星河", "知行", "博雅", "海岳",
        "新木", "天和", "嘉禾", "泰和", "望川",
    ),
    "TW": (
        "青禾", "遠山", "明德", "雲帆", "啟明", "和風", "長風", "星河", "知行", "博雅", "海岳",
        "新木", "天和", "嘉禾", "泰和", "望川",
    ),
}  # fmt: skip
CHINESE_TRADES = {
    "CN": {
        "agency": "创意有限公司", "consulting": "咨询有限公司", "architecture": "建筑设计有限公司",
        "engineering": "工程有限公司", "software": "软件有限公司", "legal": "律师事务所",
        "accounting": "会计师事务所", "events": "会展有限公司", "construction": "营造有限公司",
        "education": "教育有限公司", "tourism": "旅行社",
    },
    "TW": {
        "agency": "創意股份有限公司", "consulting": "顧問股份有限公司",
        "architecture": "建築師事務所", "engineering": "工程股份有限公司",
        "software": "軟體股份有限公司", "legal": "律師事務所", "accounting": "會計師事務所",
        "events": "會展股份有限公司", "construction": "營造股份有限公司",
        "education": "教育股份有限公司", "tourism": "旅行社",
    },
}  # fmt: skip
PINYIN_STEMS = (
    "qinghe", "yuanshan", "mingde", "yunfan", "qiming", "hefeng", "changfeng", "xinghe", "zhixing",
    "boya", "haiyue", "xinmu", "tianhe", "jiahe", "taihe", "wangchuan",
)  # fmt: skip
SUFFIXES = {
    "DE": "GmbH", "AT": "GmbH", "CH": "AG", "FR": "SARL", "NL": "B.V.", "GB": "Ltd", "ES": "S.L.",
    "US": "Inc.", "CA": "Inc.", "SG": "Pte. Ltd.",
}  # fmt: skip

FIRST = {
    "de": "Anna Ben Clara David Emma Felix Greta Hannes Ida Jonas Katrin Lukas Mara Nils Paula "
    "Ruben Sophie Tobias Ute Yannick",
    "en": "Alice Brian Chloe Daniel Emily Frank Grace Henry Isla Jack Karen Liam Megan Noah Olivia "
    "Peter Rachel Samuel Tara William",
    "fr": "Adele Baptiste Camille Denis Elise Fabien Helene Julien Louise Mathieu Nathalie Olivier "
    "Pauline Remi Sylvie Thomas",
    "nl": "Anouk Bram Daan Eva Femke Gijs Hanna Joris Lotte Maarten Noor Pieter Sanne Thijs",
    "es": "Alba Bruno Carla Diego Elena Hugo Irene Javier Lucia Mateo Nuria Pablo Rocio Sergio",
    "zh": "Wei Jing Hao Mei Lin Yan Chen Xin Yu Jun Ying Bo Li Tao Fang Kai",
}
LAST = {
    "de": "Albrecht Bauer Conrad Dietz Ebert Fischer Gruber Hartmann Jansen Keller Lorenz Meier "
    "Neumann Pohl Richter Schulz Thiel Vogel Wagner Ziegler",
    "en": "Abbott Barnes Carter Dawson Ellis Foster Graham Hughes Irwin Jenkins Lawson Mercer "
    "Norris Palmer Quinn Reeves Sutton Turner Walsh Young",
    "fr": "Aubert Blanc Chevalier Dubois Fournier Girard Lambert Mercier Noel Perrin Renaud Simon "
    "Tessier Vidal",
    "nl": "Bakker Dekker Groot Hendriks Jacobs Kok Mulder Peters Smit Visser Vos Willems",
    "es": "Alonso Blanco Castro Diaz Ferrer Gil Herrera Marin Navarro Ortega Ramos Soler",
    "zh": "Chen Lin Huang Zhang Li Wang Wu Liu Tsai Yang Hsu Cheng",
}
_FIRST = {language: text.split() for language, text in FIRST.items()}
_LAST = {language: text.split() for language, text in LAST.items()}


def company_name(number: int, country: str, industry: str) -> tuple[str, str]:
    """A company's name and its domain, different for every number below one million."""
    if country in CHINESE_STEMS:
        stem = number * 7 % len(PINYIN_STEMS)
        name = CHINESE_STEMS[country][stem] + CHINESE_TRADES[country][industry]
        return name, f"{PINYIN_STEMS[stem]}-{number}.example"
    stem_name = STEMS[number * 37 % len(STEMS)]
    trades = TRADES[industry]
    trade = trades[number // len(STEMS) % len(trades)]
    town = number // (len(STEMS) * 2)
    name = f"{stem_name} {trade}" if town < 3 else f"{stem_name} {trade} {town}"
    slug = f"{stem_name}-{trade}".lower().replace(" ", "-")
    return f"{name} {SUFFIXES[country]}", f"{slug}-{number}.example"


def person_name(number: int, language: str) -> str:
    """A person's name, different for every number below a few hundred within one language."""
    first, last = _FIRST[language], _LAST[language]
    return f"{first[number % len(first)]} {last[(number * 5 + number // len(first)) % len(last)]}"


def mail_address(name: str, slot: int, domain: str) -> str:
    """`anna.bauer@halden.example`; a number sets apart those who come later in an account."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    local = plain.replace(" ", ".")
    return f"{local}{slot if slot > 11 else ''}@{domain}"
