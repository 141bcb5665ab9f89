-- minor_unit: currencies whose minor unit is not a hundredth.
--
-- Grain    one row per currency
-- Reads    nothing
-- Params   none
-- Columns  currency  varchar
--          places    integer  decimal places of the minor unit
-- Rule     ISO 4217; the same as tenure.base.money.exponent, which a test holds

select
    currency,
    places,
from (
    values
        ('BIF', 0), ('CLP', 0), ('DJF', 0), ('GNF', 0), ('ISK', 0), ('JPY', 0), ('KMF', 0),
        ('KRW', 0), ('PYG', 0), ('RWF', 0), ('UGX', 0), ('UYI', 0), ('VND', 0), ('VUV', 0),
        ('XAF', 0), ('XOF', 0), ('XPF', 0),
        ('BHD', 3), ('IQD', 3), ('JOD', 3), ('KWD', 3), ('LYD', 3), ('OMR', 3), ('TND', 3)
) as unit(currency, places)
