"""Text and fonts of the rendered pages: short lists of everyday words (facts of the languages, nobody's text), strung
together at random, and which font families of Debian's packages show which script. Held-out families are never trained on.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

ENGLISH = """the of and to in for is on that by this with you it not or be are from at as your all have new more an was we will
home can us about if page my has search free but our one other do no information time they site he up may what which their
news out use any there see only so his when contact here business who web also now help get view online first been would how
were services some these click its like service than find price date back top people had list name just over state year day
into email two health world next used go work last most products music buy data make them should product system post her city
add policy number such please available copyright support message after best software then good video well where info rights
public books high school through each links she review years order very privacy book items company read group need many user
said does set under general research university mail full map reviews program life know games way days management part could
great united hotel real item international center store travel comments made development report off member details line terms
before hotels did send right type because local those using results office education national car design take posted internet
address community within states area want phone shipping reserved subject between forum family long based code show even black
check special prices website index being women much sign file link open today technology south case project same pages version
section own found sports house related security both county american photo game members power while care network down computer
systems three total place end following download him without per access think north resources current posts big media law
control water history pictures size art personal since including guide shop directory board location change white text small
rating rate government children during return students shopping account times sites level digital profile previous form events
love old main call hours image department title description insurance another why shall property class still money quality every
listing content country private little visit save tools low reply customer compare movies include college value article yellow
quick jumping wizard vexed zebra quiz journal major equipment unique queue export import settings network account keyboard""".split()

OTHER = {
    "german": """und der die das nicht mit für auf ist ein eine wird über können müssen Größe Übersicht schließen Straße Änderung
löschen öffnen Einstellungen Benutzer Schlüssel Fenster Ansicht Datei Bearbeiten Hilfe speichern zurück weiter möglich früh""".split(),
    "french": """le la les des une est être était déjà où ça français élève forêt naïve cœur garçon paramètres fenêtre fichier
aperçu modifier supprimer enregistrer précédent suivant numéro téléphone reçu hôtel île août""".split(),
    "polish": """się żółty źródło ćwiczenie łódź zażółć gęślą jaźń ustawienia następny usuń plik widok pomoc dzień tydzień miesiąc
część świat możliwość książka ręka""".split(),
    "vietnamese": """và của là được không người trong những một cho với các tiếng Việt đường thời gian công việc cửa sổ tệp trợ giúp
tìm kiếm cài đặt tuần tháng năm""".split(),
    "turkish": "ve bir için değil çok güzel şehir ığdır İstanbul ayarlar dosya görünüm yardım öğrenci müdür küçük büyük kaydet sil".split(),
    "russian": """и в не на что это как мы они время год человек дело жизнь день рука работа слово место вопрос лицо друг страна мир
случай голова файл правка вид помощь настройки сохранить удалить открыть закрыть язык сообщение пользователь поиск сегодня""".split(),
    "ukrainian": "і та що не від які може їхній ґанок єдність місто відкрити зберегти налаштування файл вигляд допомога пошук щодня".split(),
    "greek": """και το να του η της με που δεν για είναι από στο θα τα αυτό ένα μας χρόνος άνθρωπος ζωή ημέρα κόσμος αρχείο προβολή
βοήθεια ρυθμίσεις αναζήτηση αποθήκευση διαγραφή γλώσσα μήνυμα ώρα ψυχή""".split(),
    "arabic": """في من على إلى هذا التي كان عن مع بعد يوم عام كل بين حيث ملف عرض مساعدة إعدادات بحث حفظ حذف لغة رسالة وقت عالم حياة
مدينة كتاب الصفحة الرئيسية""".split(),
    "hebrew": "של את על לא הוא זה עם כל אני מה יום שנה זמן אדם חיים עולם קובץ תצוגה עזרה הגדרות חיפוש שמירה מחיקה שפה הודעה".split(),
    "devanagari": """के में है की से को और का यह पर नहीं एक कि समय दिन वर्ष लोग जीवन संसार फ़ाइल दृश्य सहायता सेटिंग्स खोज सहेजें हटाएँ
भाषा संदेश पृष्ठ विद्यालय प्रश्न""".split(),
    "thai": "ที่ การ ใน เป็น ของ และ มี ได้ ไม่ ให้ คน วัน ปี เวลา ชีวิต โลก ไฟล์ มุมมอง ช่วยเหลือ ตั้งค่า ค้นหา บันทึก ลบ ภาษา ข้อความ".split(),
    "georgian": "და არის რომ ამ მე შენ დღე წელი დრო კაცი ცხოვრება მსოფლიო ფაილი დახმარება ძებნა შენახვა წაშლა ენა".split(),
    "bengali": "এবং এই থেকে করা হয় একটি জন্য দিন বছর সময় মানুষ জীবন বিশ্ব ফাইল সাহায্য সেটিংস অনুসন্ধান ভাষা বার্তা".split(),
    "tamil": "மற்றும் இந்த ஒரு என்று நாள் ஆண்டு நேரம் மனிதன் வாழ்க்கை உலகம் கோப்பு உதவி அமைப்புகள் தேடல் மொழி செய்தி".split(),
}
CJK = """的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看
文件编辑视图帮助设置搜索保存删除打开关闭语言消息用户今天明天新闻地图天气音乐视频图片下载上传登录注册密码邮箱电话地址城市时间价格订单购物车支付完成取消確認設定検索"""
KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをんがぎぐげござじずぜぞアイウエオカキクケコサシスセソタチツテトナニヌネノ"
RIGHT_TO_LEFT = ("arabic", "hebrew")


@dataclass(frozen=True)
class Fonts:
    """Families by use; `scripts` those for what the Latin ones lack."""

    sans: tuple[str, ...]
    serif: tuple[str, ...]
    mono: tuple[str, ...]
    scripts: dict[str, tuple[str, ...]]


TRAINED = Fonts(
    sans=("DejaVu Sans", "Liberation Sans", "Noto Sans", "Roboto", "Inter", "Open Sans", "Lato", "Carlito", "Cantarell", "PT Sans",
          "Cabin", "Manrope", "B612", "Play", "Nimbus Sans", "FreeSans", "Quicksand", "Dosis", "Comfortaa", "Comic Neue",
          "Liberation Sans Narrow", "Roboto Condensed", "URW Gothic", "Noto Sans Display", "Open Sans Condensed"),
    serif=("DejaVu Serif", "Liberation Serif", "Noto Serif", "Caladea", "EB Garamond", "PT Serif", "STIX", "Linux Libertine O",
           "FreeSerif", "P052", "C059", "URW Bookman", "Junicode Two Beta", "GFS Didot", "Nimbus Roman"),
    mono=("DejaVu Sans Mono", "Liberation Mono", "Noto Sans Mono", "Fira Code", "JetBrains Mono", "Hack", "Inconsolata", "PT Mono",
          "B612 Mono", "Anonymous Pro", "Courier Prime", "FreeMono", "Nimbus Mono PS", "Noto Mono"),
    scripts={"cjk": ("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Serif CJK SC", "WenQuanYi Micro Hei"),
             "korean": ("NanumGothic", "NanumMyeongjo", "Noto Sans CJK KR"), "arabic": ("Noto Sans Arabic", "Amiri", "Noto Naskh Arabic"),
             "devanagari": ("Noto Sans Devanagari", "Lohit Devanagari", "Noto Serif Devanagari"), "hebrew": ("Noto Sans Hebrew", "FreeSans"),
             "thai": ("Noto Sans Thai", "Noto Serif Thai"), "georgian": ("Noto Sans Georgian",), "bengali": ("Noto Sans Bengali",),
             "tamil": ("Noto Sans Tamil",), "greek": ("Noto Sans", "DejaVu Sans"), "russian": ("Noto Sans", "PT Sans")},
)
HELD = Fonts(
    sans=("Oxygen-Sans", "Karla", "Sora", "Clear Sans", "Go"),
    serif=("Vollkorn", "Charis SIL", "Roboto Slab"),
    mono=("mononoki", "League Mono", "Go Mono", "Oxygen Mono"),
    scripts={"cjk": ("IPAexGothic",), "korean": ("NanumSquare",), "arabic": ("KacstOne",), "devanagari": ("Sarai",),
             "hebrew": ("Noto Rashi Hebrew",), "thai": ("Noto Looped Thai",), "georgian": ("Noto Serif Georgian",),
             "bengali": ("Noto Serif Bengali",), "tamil": ("Noto Serif Tamil",), "greek": ("GFS Neohellenic",), "russian": ("Charis SIL",)},
)


def families(fonts: Fonts) -> tuple[str, ...]:
    """All of them, each once."""
    return tuple(dict.fromkeys((*fonts.sans, *fonts.serif, *fonts.mono, *(f for some in fonts.scripts.values() for f in some))))


PACKAGES = """chromium fonts-anonymous-pro fonts-b612 fonts-cabin fonts-cantarell fonts-clear-sans fonts-comfortaa fonts-comic-neue
fonts-courier-prime fonts-crosextra-caladea fonts-crosextra-carlito fonts-dejavu fonts-dosis fonts-ebgaramond fonts-firacode
fonts-freefont-ttf fonts-gfs-didot fonts-gfs-neohellenic fonts-go fonts-hack-ttf fonts-hosny-amiri fonts-inconsolata fonts-inter
fonts-ipaexfont-gothic fonts-jetbrains-mono fonts-junicode fonts-kacst-one fonts-karla fonts-lato fonts-league-mono fonts-liberation
fonts-linuxlibertine fonts-lohit-deva fonts-manrope fonts-mononoki fonts-nanum fonts-noto-cjk fonts-noto-color-emoji fonts-noto-core
fonts-noto-mono fonts-open-sans fonts-oxygen fonts-paratype fonts-play fonts-quicksand fonts-roboto-slab fonts-roboto-unhinted
fonts-sarai fonts-sil-charis fonts-sora fonts-stix fonts-urw-base35 fonts-vollkorn fonts-wqy-microhei""".split()


def word(rng: random.Random, script: str) -> str:
    """One word, or a run of a few characters where words are not spaced."""
    if script == "cjk":
        text = "".join(rng.choice(KANA) if rng.random() < 0.2 else rng.choice(CJK.replace("\n", "")) for _ in range(rng.randint(2, 6)))
        return text if rng.random() < 0.8 else text + chr(rng.randint(0x4E00, 0x8FFF))
    if script == "korean":
        return "".join(chr(rng.randint(0xAC00, 0xD3A3)) for _ in range(rng.randint(2, 4)))
    if script in OTHER:
        return rng.choice(OTHER[script])
    return rng.choice(ENGLISH)


def number(rng: random.Random) -> str:
    """A number as pages show them: counts, prices, dates, times, shares."""
    kind = rng.randrange(7)
    if kind == 0:
        return f"{rng.randint(0, 99999):,}"
    if kind == 1:
        return rng.choice("$€£¥") + f"{rng.uniform(0, 2000):.2f}"
    if kind == 2:
        return f"{rng.randint(1990, 2030)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    if kind == 3:
        return f"{rng.randint(0, 23)}:{rng.randint(0, 59):02}"
    if kind == 4:
        return f"{rng.uniform(-100, 100):.1f}%"
    if kind == 5:
        return f"{rng.uniform(0, 10):.3f}"
    return str(rng.randint(0, 999))


def words(rng: random.Random, script: str, low: int, high: int | None = None) -> str:
    """From low to high words, spaced, some numbers among them; the first in title case."""
    count = rng.randint(low, high or low)
    text = " ".join(number(rng) if rng.random() < 0.04 else word(rng, script) for _ in range(count))
    return text[:1].upper() + text[1:]


def sentences(rng: random.Random, script: str, count: int) -> str:
    """Running text with punctuation."""
    parts = []
    for _ in range(count):
        text = words(rng, script, 4, 14)
        if rng.random() < 0.3:
            place = text.find(" ", len(text) // 2)
            text = text if place < 0 else text[:place] + rng.choice((",", ";", ":", " –")) + text[place:]
        if rng.random() < 0.1:
            text = rng.choice(("“{}”", "({})", "‘{}’", "{}…")).format(text)
        parts.append(text + rng.choice("....?!"))
    return " ".join(parts)
