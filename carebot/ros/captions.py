"""The exchange for screens: what the robot says, with who made the words, and what it hears, word by word."""

from __future__ import annotations

from carebot_interfaces.msg import Caption
from rclpy.node import Node
from std_msgs.msg import Empty

from carebot.conversation.hearing.ears import Utterance as Heard
from carebot.conversation.speaking.speaker import Shown
from carebot.conversation.text import Language, clean
from carebot.ros import qos

ROBOT = "robot"
RESIDENT = "resident"
LONGEST_CAPTION = 1000


class Captions:
    """`captions`, latched, and `said_forgotten`, after which whoever keeps captions or utterances has none from before.
    With `is_private`, what was heard is shown nowhere."""

    def __init__(self, node: Node, resident: str) -> None:
        self._node, self._resident = node, resident or RESIDENT
        self._out = node.create_publisher(Caption, "captions", qos.CAPTIONS)
        self._forgotten = node.create_publisher(Empty, "said_forgotten", qos.SPOKEN_ONCE)
        self.is_private = False

    def said(self, shown: Shown) -> None:
        """What is said now; nothing, where it has ended."""
        piece = shown.piece
        if piece is None:
            self._publish(Caption(who=ROBOT, is_final=True))
            return
        line = piece.line
        caption = Caption(language=line.language, text=piece.text, who=ROBOT, is_final=True)
        caption.origin, caption.turn = line.origin, line.turn
        caption.is_heard, caption.why_not_heard = not shown.why_not, shown.why_not
        self._publish(caption)

    def hears(self, said: Heard, turn: str) -> None:
        """What somebody is saying, so far."""
        self.heard(said.text, said.language, "voice", turn, is_final=False)

    def heard(
        self, text: str, language: Language, means: str, turn: str, *, who: str = "", is_final: bool = True
    ) -> None:
        """What somebody said or typed."""
        shown = clean(text[:LONGEST_CAPTION])
        if self.is_private or not shown:
            return
        self._publish(
            Caption(
                language=language,
                text=shown,
                who=who or self._resident,
                is_heard=True,
                is_final=is_final,
                origin=means,
                turn=turn,
            )
        )

    def forget(self) -> None:
        """Nobody shows what was said before any more."""
        self._node.destroy_publisher(self._out)
        self._out = self._node.create_publisher(Caption, "captions", qos.CAPTIONS)
        self._forgotten.publish(Empty())

    def _publish(self, caption: Caption) -> None:
        caption.stamp = self._node.get_clock().now().to_msg()
        self._out.publish(caption)
