"""How well somebody was seen going down: enough to believe it of whoever is gone before they have landed?"""

from __future__ import annotations

from carebot.falls.body import Body

CUT = 0.49  # of the picture's width from its middle: half of such a trunk is outside
SEEN_GOING = 2
"""Pictures of somebody on the way down or lying, before who vanishes then is thought to have fallen: in one of them the
pose model may be wrong, and is so most often where people leave the picture."""


class Descent:
    """Counts the pictures of one person on the way down, from the last in which they were not.

    `is_cut` says that half of the trunk was beside the picture when last seen: the pose model makes that up.
    """

    def __init__(self) -> None:
        self.is_cut = False
        self._pictures = 0
        self._whole_trunks = 0

    def see(self, body: Body, *, is_down: bool) -> None:
        """The next picture; `is_down` where the person has come down some way in it."""
        self._pictures = self._pictures + 1 if is_down else 0
        self._whole_trunks = self._whole_trunks + body.shows_trunk if is_down else 0
        self.is_cut = abs(body.place[0] - 0.5) > CUT

    @property
    def was_seen(self) -> bool:
        """Whether more than one picture shows it."""
        return self._pictures >= SEEN_GOING

    @property
    def goes_on(self) -> bool:
        """Whether it has been seen for longer than that."""
        return self._pictures > SEEN_GOING

    @property
    def was_in_sight(self) -> bool:
        """Whether the whole trunk was seen so, and at last not half of it: enough where nobody saw the landing."""
        return self._whole_trunks >= SEEN_GOING and not self.is_cut
