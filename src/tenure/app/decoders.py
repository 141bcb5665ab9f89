"""Which decoder reads which kind of arrival. The lake knows its own kind, `rows`, by itself."""

from collections.abc import Mapping

from tenure.collect.decode_posthog import decode_posthog
from tenure.collect.decode_segment import decode_segment
from tenure.lake.shipping import Decoder

DECODERS: Mapping[str, Decoder] = {"segment": decode_segment, "posthog": decode_posthog}
