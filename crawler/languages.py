"""The codes of languages: which there are, and which a text alone can tell. Workers load this, so it loads nothing."""

ISO_639_1 = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg
ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no
nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te
tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
LANGUAGES = frozenset(ISO_639_1.split()) - {"nb"}  # articles in Bokmål have "no"
TOLD = """
af am ar az be bg bn bo ca cs cy da de dv el en es et fa fi fr gu he hi hr hu hy id it ja ka kk km kn ko lo lt lv mk ml
mr my ne nl no or pa pl pt ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur vi zh
"""
TOLD_FROM_TEXT = frozenset(TOLD.split())  # the others are kept where a page declares them
