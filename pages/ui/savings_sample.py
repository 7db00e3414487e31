"""A small table to try the Savings page with, and to see what shape an own one has."""

import csv
import io
import random
from datetime import date, timedelta
from functools import lru_cache

ROWS = 400
ABOUT = (
    "One row for each example, one column with the right answer (the label). The other columns are what the "
    "model may learn from: numbers, categories, texts and dates, gaps allowed. 300 rows or more, drawn at "
    "random from what you want labelled, make a fair pilot; 100 give a rough idea."
)
_WORDS = {  # what tickets of each queue speak of
    "billing": "invoice charged twice refund amount card payment receipt overdue discount tax",
    "delivery": "parcel late courier address missing damaged tracking driver warehouse return",
    "login": "password reset account locked code email sign link expired verify",
    "product": "screen broken battery noise button cracked overheats defect cable replacement",
    "other": "question thanks opinion catalogue opening hours newsletter job partner visit",
}
_COMMON = (
    "hello please my order the is was not again yesterday since help could you it and still with for your"
)


@lru_cache(maxsize=1)
def sample_csv() -> bytes:
    """Support tickets to be sorted into five queues: text, category, date and number, with gaps."""
    dice = random.Random(7)
    queues = list(_WORDS)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["message", "channel", "received", "order_value", "queue"])
    for _ in range(ROWS):
        queue = dice.choices(queues, (8, 7, 5, 3, 2))[0]
        own, common = _WORDS[queue].split(), _COMMON.split()
        aside = _WORDS[dice.choice(queues)].split()
        words = dice.sample(own, dice.randint(2, 4)) + dice.sample(common, dice.randint(4, 9))
        words += dice.sample(aside, dice.randint(0, 2))
        dice.shuffle(words)
        day = date(2026, 1, 5) + timedelta(days=dice.randint(0, 180))
        value = round(dice.lognormvariate(3.6 + 0.5 * (queue == "product"), 0.7), 2)
        writer.writerow(
            [
                " ".join(words).capitalize(),
                dice.choice(["mail", "phone", "chat", ""]),
                day.isoformat() if dice.random() > 0.05 else "",
                value if dice.random() > 0.1 else "",
                queue,
            ]
        )
    return text.getvalue().encode()
