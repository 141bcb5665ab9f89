"""Which months there is anything to say about."""

from datetime import date

from tenure.base.months import Months, month_of
from tenure.lake.reading import Reader
from tenure.measure.composition import sql


def months_with_data(reader: Reader, until_on: date) -> Months | None:
    """From the month of the first movement to that of the last thing that happened by `until_on`.

    None when nothing moves by then. A period that is known to end later, or that was billed
    ahead, does not reach beyond the last thing that happened: nobody knows yet what follows it.
    """
    [row] = reader.rows(sql("data_span"), until_on=until_on)
    if row["first_on"] is None:
        return None
    last_on = row["last_on"] or row["first_on"]
    return Months(month_of(row["first_on"]), month_of(max(last_on, row["first_on"])))
