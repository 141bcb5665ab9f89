"""What went wrong, in words that may be logged and kept: they name no value of a customer.

Our own words stand as they are, where they speak of what an operator wrote. Of anything else, which
may quote a card or a trait, the class is said, and the place in the code.
"""

from tenure.base.errors import BadDefinition, InvalidInput, TenureError

MOST = 500


def fault_words(error: BaseException) -> str:
    """What is said of it."""
    is_of_input = isinstance(error, InvalidInput) and not isinstance(error, BadDefinition)
    if isinstance(error, TenureError) and not is_of_input:
        return error.message[:MOST]
    return f"{type(error).__name__} in {_place(error)}"


def _place(error: BaseException) -> str:
    """The innermost place of ours that it came from."""
    found, trace = "unknown code", error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module.startswith("tenure."):
            found = f"{module}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return found
