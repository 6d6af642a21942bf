"""Conversation as a node: words in; sound, captions and answers out. Stop-words and calls for help go first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import count

from carebot_interfaces.action import Ask, Say
from carebot_interfaces.msg import HelpCall as HelpCallMsg
from carebot_interfaces.msg import People as PeopleMsg
from carebot_interfaces.msg import SpokenNames, Utterance
from carebot_interfaces.srv import ForgetSaid
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.task import Future
from std_msgs.msg import Bool, String
from std_srvs.srv import Trigger

from carebot.alerts import HelpCall
from carebot.conversation.answers import answers_of
from carebot.conversation.asking import FINE, HELP, NO, YES, Asking, Outcome, Question
from carebot.conversation.dialogue import Act, Dialogue, Reply, Setting
from carebot.conversation.hearing.ears import Utterance as Heard
from carebot.conversation.leash.leashed import Part
from carebot.conversation.reflexes import find_reflexes, seems_to_be
from carebot.conversation.speaking.queue import Ended, Interrupted, Line, Urgency
from carebot.conversation.speaking.said_once import is_loudspeaker, opener
from carebot.conversation.speaking.sound_out import Loudspeaker
from carebot.conversation.speaking.speaker import Shown
from carebot.conversation.spoken import spoken
from carebot.conversation.text import LANGUAGES, Language, clean
from carebot.errors import CarebotError, ConfigError, DeviceError
from carebot.geometry import CameraMounting
from carebot.records.consent import Consent
from carebot.ros import qos
from carebot.ros.answering import Answering, Turn
from carebot.ros.ask_desk import AskDesk, Asked
from carebot.ros.captions import Captions
from carebot.ros.convert import help_call_to_msg, people_from_msg
from carebot.ros.day_plan import DayPlan
from carebot.ros.diagnostics import Diagnostics, Health, Level
from carebot.ros.hearing_state import HearingState
from carebot.ros.language_model import LanguageModel, LanguageModelParameters
from carebot.ros.listening import Listening, ListeningParameters
from carebot.ros.names import known_names
from carebot.ros.others import Others
from carebot.ros.own_voice import caption_of, take_voice
from carebot.ros.params import declare
from carebot.ros.partner import Consents, ConversationParameters, partner_of
from carebot.ros.quiet_hours import listen_to_quiet_hours
from carebot.ros.requests import Requests
from carebot.ros.rising import Rising
from carebot.ros.run import run
from carebot.ros.speech import Speech
from carebot.ros.touch_desk import TouchDesk
from carebot.site.hours import Quiet
from carebot.site.voice import Voice

TICK_S = 0.1
LOOK_UP_EVERY_S = 2.0
"""So soon after a consent was withdrawn, what was remembered by it is gone."""
LONGEST_UTTERANCE = 4000
"""Characters of what is kept of one utterance; stop-words and calls for help are looked for in all of it."""
_VOICES: Mapping[str, tuple[str, float]] = {
    "louder": ("louder", 1.6),
    "quieter": ("louder", 1 / 1.6),
    "faster": ("faster", 1.2),
    "slower": ("faster", 1 / 1.2),
}


_PRIVACY = {"privacy_on": True, "privacy_off": False}
_ORIGINS = ("caregiver", "routine")
NO_LOUDSPEAKER = "the robot has no loudspeaker"


class ConversationNode(Node):
    """`Say` and `Ask` as actions (`say`, `ask`); `announcements` are said at once.

    Words come as `typed_utterances`, or from whoever hears (`hear`); they go out as `utterances`. A call for help goes
    to care as `help_calls`, a stop-word to safety's service `emergency_stop`, other wishes out as `requests`, whose
    `request_replies` are said. What no template understands may go to a language model (parameters `llm.*`), if the
    resident has consented. In privacy (`privacy`, latched) nothing that is said leaves the node, but for calls.
    It begins by the resident's word or when the camera goes off (`camera_is_off`), and ends by their word or with it.
    """

    def __init__(self) -> None:
        super().__init__("conversation")
        self._speech: Speech | None = None
        self._listening: Listening | None = None
        self._model: LanguageModel | None = None
        self._answering: Answering | None = None
        self._is_private = self._is_camera_off = False
        self._heard_turn = ""
        self._is_called_in_this_turn = False
        self._planned_on: date | None = None
        self._servers: list[ActionServer] = []
        self._p = declare(self, ConversationParameters)
        self._partner = partner_of(self._p)
        given = declare(self, Voice, "voice")
        self._mounting = declare(self, CameraMounting, "mounting")
        self._voice = self._partner.voice or given
        self._run_id, self._numbers = f"{time.time_ns() // 1_000_000:x}", count(1)
        self._consents = Consents(self._p.consents, self._partner)
        self._setting = Setting(self._partner.name, self._p.routines)
        self._dialogue = Dialogue(self._partner.language, self._setting)
        self._others = Others((*self._partner.names, self._partner.name), self._partner.language)
        self._risky: frozenset[str] = frozenset()
        self._rising: Rising | None = None
        self._captions = Captions(self, self._partner.resident or self._partner.name)
        self._utterances = self.create_publisher(Utterance, "utterances", qos.SPOKEN_ONCE)
        self._requests = Requests(
            self, self._partner.resident, self._partner.language, self._say_reply, self._say_nobody_does_it
        )
        self._private = self.create_publisher(Bool, "privacy", qos.latched(1))
        self._private.publish(Bool(data=False))
        self._help_calls = self.create_publisher(HelpCallMsg, "help_calls", qos.FALL_ALERTS)
        self._stop = self.create_client(Trigger, "emergency_stop")
        out = Loudspeaker(opener(self._p.speaker))
        self._speech = Speech(self, out, self._partner.language, self._why_quiet, self._on_said)
        listening = declare(self, ListeningParameters)
        if listening.microphone != "none":
            partner = self._partner
            self._listening = Listening(
                self, listening, partner.language, partner.end_silence_s, self._speaks, self._hear_voice
            )
        model = declare(self, LanguageModelParameters, "llm")
        if model.url:
            self._model = LanguageModel(model, self._partner, self._consents)
            self._leash()
        self._desk = AskDesk(self._speech, lambda: self._voice)
        self._servers = [
            ActionServer(
                self,
                kind,
                name,
                execute,
                cancel_callback=self._on_cancel,
                goal_service_qos_profile=qos.GOALS,
                result_service_qos_profile=qos.GOALS,
                cancel_service_qos_profile=qos.GOALS,
            )
            for kind, name, execute in ((Say, "say", self._on_say), (Ask, "ask", self._on_ask))
        ]
        self.create_service(ForgetSaid, "forget_said", self._on_forget)
        self.create_subscription(Utterance, "typed_utterances", self._on_typed, qos.SPOKEN_ONCE)
        self.create_subscription(SpokenNames, "spoken_names", self._on_names, qos.latched(1))
        listen_to_quiet_hours(self, self._keep_quiet_hours)
        self.create_subscription(String, "announcements", self._on_announcement, qos.ANNOUNCEMENTS)
        self._touches = TouchDesk(self, self._desk, self._partner.language, self._may_ask_who_touches, self._on_touched)
        self.create_subscription(Bool, "camera_is_off", self._on_camera, qos.latched(1))
        self.create_subscription(PeopleMsg, "people", self._on_people, qos.PEOPLE)
        self._hearing = HearingState(self, self._listening)
        self._diagnostics = Diagnostics(self, self._health)
        # A steady clock: sound takes real seconds, also in a simulation.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._steady_timers = [
            self.create_timer(TICK_S, self._tick, clock=steady),
            self.create_timer(LOOK_UP_EVERY_S, self._know, clock=steady),
        ]
        self._day_plan = DayPlan(self, self._partner.language, self._partner.names, self._plan)
        self._know()

    def destroy_node(self) -> None:
        if self._listening is not None:
            self._listening.close()
        if self._answering is not None:
            self._answering.close()
        if self._model is not None:
            self._model.close()
        if self._speech is not None:
            self._speech.close()
        for server in self._servers:
            server.destroy()
        super().destroy_node()

    # words that come in

    def hear(self, text: str, means: str, language: Language | None = None, who: str = "") -> None:
        """A finished utterance, heard (`means` voice) or typed (text), of any length."""
        language = language or self._partner.language
        other = who if self._others.include(who) else ""
        turn = Turn(text, means, self._turn_number(), self._partner.now(), other)
        self._tell_words(turn, language, who)
        if other:
            self._hear_other(turn)
            return
        was_asked = self._desk.open_question is not None
        if find_reflexes(text, language):
            self._call_off()
            self._answer(self._dialogue.hear(text, turn.now), turn, is_urgent=True)
        elif not was_asked and self._answering is not None and not self._is_private and self._may_ask_model():
            self._answering.answer(turn)
        elif not was_asked:
            self._answer(self._dialogue.hear(text, turn.now), turn, is_urgent=False)
        self._desk.hear(text, means, language)

    def _hear_other(self, turn: Turn) -> None:
        """Calls are calls, whose ever; what the resident is asked they do not answer, and no model hears them."""
        is_call = bool(find_reflexes(turn.text, self._partner.language))
        if is_call:
            self._call_off()
        reply = self._others.hear(turn.who, turn.text, turn.number, turn.now, self._setting)
        self._answer(reply, turn, is_urgent=is_call)

    def _tell_words(self, turn: Turn, language: Language, who: str) -> None:
        """Screens and whoever listens hear of it; in privacy nobody does."""
        if self._is_private:
            return
        self._captions.heard(turn.text, language, turn.means, turn.number, who=who)
        self._utterances.publish(
            Utterance(
                stamp=self.get_clock().now().to_msg(),
                language=language,
                text=clean(turn.text[:LONGEST_UTTERANCE]),
                who=who or self._partner.name,
                means=turn.means,
            )
        )

    def _turn_number(self) -> str:
        """That of the sentence which is being heard, else a new one."""
        number, self._heard_turn = self._heard_turn, ""
        return number or f"{self._run_id}-{next(self._numbers)}"

    def _may_ask_model(self) -> bool:
        return self._model is not None and self._model.may_be_asked()

    def _call_off(self) -> None:
        if self._answering is not None:
            self._answering.call_off()

    def _hear_voice(self, said: Heard) -> None:
        """Calls count at once, however unsure they are; all else must be over and sure."""
        if not said.is_final:
            self._heard_turn = self._heard_turn or self._turn_number()
            self._captions.hears(said, self._heard_turn)
        if said.reflexes or (said.is_final and said.is_sure and said.text and not self._is_called_in_this_turn):
            self.hear(said.text, "voice", said.language)
        elif said.is_final and said.text and not self._is_called_in_this_turn:
            self._hear_unsure(said)
        if said.is_final:
            self._heard_turn = ""
        self._is_called_in_this_turn = not said.is_final and (self._is_called_in_this_turn or bool(said.reflexes))

    def _hear_unsure(self, said: Heard) -> None:
        """It commands nothing and answers nothing: a question that is open is asked again, else the person is told."""
        turn = self._turn_number()
        self._captions.heard(said.text, said.language, "voice", turn)
        if not self._desk.hear(said.text, "voice", said.language, is_sure=False):
            text = answers_of(self._partner.language).say("unknown", self._partner.now())
            self._speech.say(self._line(text, self._partner.language, is_urgent=False, turn=turn))

    def _speaks(self) -> bool:
        return self._speech.sounds

    def _on_typed(self, message: Utterance) -> None:
        language = message.language if message.language in LANGUAGES else None
        self.hear(message.text, message.means or "text", language, message.who)

    def _on_announcement(self, message: String) -> None:
        self._speech.say(self._line(message.data, seems_to_be(message.data) or self._partner.language, is_urgent=True))

    def _keep_quiet_hours(self, quiet: Quiet) -> None:
        """As care holds them: from now on they are kept."""
        self._partner = self._partner.with_quiet(quiet)

    def _why_quiet(self) -> str:
        return self._partner.why_quiet()

    def _may_ask_who_touches(self) -> bool:
        """In privacy the routine that keeps it asks itself."""
        return self._p.ask_when_touched and not self._is_private

    def _on_touched(self, outcome: Outcome) -> None:
        """Silence, and what is not clear, are no call; a cry for help was one already."""
        language, means = self._partner.language, outcome.means
        if find_reflexes(outcome.heard, language):
            return
        if outcome.answer in (HELP, YES):
            words = outcome.heard or spoken("touched_again", language)
            self._call_for_help(Act("help", {"words": words, "rule": "touched"}), means)
        if outcome.answer in (HELP, YES, NO):
            key = "No" if outcome.answer == NO else "help"
            text = answers_of(language).say(key, self._partner.now(), self._setting.name)
            self._speech.say(self._line(text, language, is_urgent=key == "help"))

    def _on_camera(self, message: Bool) -> None:
        """Privacy is one thing: whoever had the camera off wants no words kept either, and it ends with the camera."""
        if message.data is not self._is_private and message.data is not self._is_camera_off:
            self._keep_private(message.data)
        self._is_camera_off = message.data

    def _on_people(self, message: PeopleMsg) -> None:
        question = self._desk.open_question
        if question is None or FINE not in question.answers:
            self._rising = None
            return
        self._rising = self._rising or Rising(self._mounting)
        if self._rising.see(people_from_msg(message)):
            self._desk.rise()

    def _on_names(self, message: SpokenNames) -> None:
        """What may be named in a request; the routines of the parameters stay."""
        language = self._partner.language
        self._setting, self._risky = known_names(message, language, self._setting, self._p.routines)
        self._know()
        self._leash()

    def _leash(self) -> None:
        """The model with the routines that are known now; what it is being asked is called off."""
        if self._model is None:
            return
        if self._answering is not None:
            self._answering.close()
        leashed = self._model.leash(self._dialogue, self._risky)
        self._answering = Answering(self, self._dialogue, leashed, self._on_part)

    def _tick(self) -> None:
        self._desk.tick()
        self._requests.tick()
        if self._hearing.tick():
            self._diagnostics.publish_now()

    def _on_said(self, shown: Shown) -> None:
        """Screens show it, and who asks hears it again, whoever had it said; not alarms, and not others' own voices."""
        self._captions.said(shown)
        line = shown.piece.line if shown.piece is not None and shown.piece.number == 0 else None
        if line is None or line.urgency is Urgency.ALARM or line.recorded is not None:
            return
        if line.language == self._partner.language and not self._others.had(line.turn):
            self._dialogue.was_said(line.text, line.turn)

    # what is done about them

    def _on_part(self, part: Part, turn: Turn) -> None:
        """A part of an answer that a language model may have made."""
        if self._is_private or self._model is None:
            return
        self._model.count(part)
        self._answer(part.reply, turn, is_urgent=False, origin=part.by)

    def _answer(self, reply: Reply, turn: Turn, is_urgent: bool, origin: str = "template") -> None:
        """Act first, then speak; what nobody carries out is not claimed, and what others do, they answer."""
        text = reply.text
        for act in reply.acts:
            instead = self._do(act, turn)
            text = text if instead is None else instead
        if text:
            self._speech.say(self._line(text, self._partner.language, is_urgent, origin=origin, turn=turn.number))

    def _do(self, act: Act, turn: Turn) -> str | None:
        """Carry `act` out; what is to be said instead of the reply ("" nothing yet), None where the reply holds."""
        if act.name == "stop":
            return self._emergency_stop()
        if act.name in ("help", "call_nurse"):
            self._call_for_help(act, turn.means)
        elif act.name in _VOICES:
            return self._change_voice(act.name)
        elif act.name in _PRIVACY:
            self._keep_private(_PRIVACY[act.name])
            if self._request(act, turn):
                self._say_nobody_does_it(act.name, turn.number)
        elif act.name == "forget":
            self._forget()
        else:
            return self._request(act, turn)
        return None

    def _change_voice(self, name: str) -> str | None:
        """From now on it speaks so; what is said instead where that is as far as it goes already."""
        change, factor = _VOICES[name]
        before, self._voice = self._voice, getattr(self._voice, change)(factor)
        return spoken(f"no_{name}", self._partner.language) if self._voice == before else None

    def _keep_private(self, is_private: bool) -> None:
        """From now on nothing that is said leaves this node, and nothing is remembered; or the end of that."""
        self._is_private = self._captions.is_private = is_private
        self._private.publish(Bool(data=is_private))
        self._call_off()
        if is_private:
            self._forget()
        self._know()

    def _plan(self) -> None:
        """What is left of the day; the next day has its own."""
        self._planned_on = self._partner.now().date()
        self._setting = replace(self._setting, plan=self._day_plan.rest_of_day(time.time()))
        self._know()

    def _know(self) -> None:
        """What is remembered goes with the consent."""
        if self._planned_on not in (None, self._partner.now().date()):
            self._plan()
            return
        may = not self._is_private and self._consents.allow(Consent.CONVERSATION_MEMORY)
        self._dialogue.know(replace(self._setting, may_remember=may))

    def _forget(self) -> int:
        """Everything that was said, here and where it is shown; how many exchanges were remembered."""
        exchanges = len(self._dialogue.remembered)
        if self._answering is not None:
            self._answering.forget()
        self._dialogue.forget()
        self._others.forget()
        self._captions.forget()
        return exchanges

    def _on_forget(self, request: ForgetSaid.Request, response: ForgetSaid.Response) -> ForgetSaid.Response:
        names = self._partner.names
        response.talks_with = names[0] if names else ""
        if not request.by.strip():
            response.code, response.message = "nobody", "It must be said who asks for it."
        elif request.resident and names and request.resident not in names:
            response.code, response.message = "other", f"This robot talks with {names[0]}, not with {request.resident}."
        else:
            response.accepted, response.exchanges = True, self._forget()
            self.get_logger().info(f"what was said is forgotten, as {clean(request.by)} asked")
        return response

    def _emergency_stop(self) -> str | None:
        self._speech.cancel_all()
        if self._stop.service_is_ready():
            self._stop.call_async(Trigger.Request())
            return None
        can_move = self.count_publishers("cmd_vel") > 0
        self.get_logger().error("a stop-word was heard, and there is no service emergency_stop")
        return spoken("not_stopped", self._partner.language) if can_move else None

    def _call_for_help(self, act: Act, means: str) -> None:
        is_help = act.name == "help"
        call = HelpCall(
            id=f"{self._run_id}-{next(self._numbers)}",
            at_s=time.time(),
            words=str(act.details.get("words", "")) if is_help else spoken("call_nurse", self._partner.language),
            language=str(act.details.get("language", self._partner.language)),
            rule=str(act.details.get("rule", "")) if is_help else "wants_caregiver",
            means=means,
        )
        self._help_calls.publish(help_call_to_msg(call))
        self.get_logger().warning(f"the resident calls for help: {call.words}")

    def _request(self, act: Act, turn: Turn) -> str:
        """Ask whoever can do it, who answers; what to say where nobody listens."""
        is_sent = self._requests.send(act, f"{self._run_id}-{next(self._numbers)}", turn.number, turn.who)
        return "" if is_sent else spoken("nobody_does_it", self._partner.language)

    def _say_reply(self, text: str, language: Language, turn: str) -> None:
        self._speech.say(self._line(text, language, is_urgent=False, turn=turn))

    def _say_nobody_does_it(self, name: str, turn: str) -> None:
        if name in _PRIVACY and not (name == "privacy_on" and self.count_publishers("people")):
            return  # what concerns words is done, and there is no camera that sees
        key = "still_sees" if name in _PRIVACY else "nobody_does_it"
        self._say_reply(spoken(key, self._partner.language), self._partner.language, turn)

    # the actions

    async def _on_say(self, handle: ServerGoalHandle) -> Say.Result:
        done = Future()
        try:
            line = self._line_of(handle.request, _id_of(handle))
        except CarebotError as error:
            handle.abort()
            return Say.Result(is_said=False, reason=str(error))
        self._speech.say(line, done.set_result, lambda said: handle.publish_feedback(Say.Feedback(said=said)))
        ended: Ended = await done
        _finish(handle, ended.is_said)
        return Say.Result(is_said=ended.is_said, reason=ended.reason)

    def _line_of(self, request: Say.Goal, goal_id: str) -> Line:
        """Raises CarebotError for what cannot be said."""
        recorded, language = take_voice(request), self._language_of(request.language)
        if language is None:
            raise ConfigError(_unknown_language(request.language))
        origin = request.origin if request.origin in _ORIGINS else "template"
        if recorded is None:
            return self._line(request.text, language, request.is_urgent, goal_id, Interrupted.AGAIN, origin=origin)
        if not is_loudspeaker(self._p.speaker):
            raise DeviceError(NO_LOUDSPEAKER)
        caption = caption_of(recorded, request.voice_of, language)
        line = self._line(caption, language, request.is_urgent, goal_id, Interrupted.AGAIN, origin=origin, turn=goal_id)
        return replace(line, recorded=recorded)

    async def _on_ask(self, handle: ServerGoalHandle) -> Ask.Result:
        request, done = handle.request, Future()
        language = self._language_of(request.language)
        if language is None or not clean(request.question):
            handle.abort()
            self.get_logger().warning(_unknown_language(request.language) if clean(request.question) else "no question")
            return Ask.Result(answer="none")
        question = Question(
            request.question, language, tuple(request.answers), float(request.patience_s), int(request.repeats)
        )

        def told(asking: Asking) -> None:
            handle.publish_feedback(Ask.Feedback(phase=asking.phase.value, times_asked=asking.times_asked))

        self._desk.ask(Asked(_id_of(handle), question, request.is_urgent, done.set_result, told))
        outcome: Outcome | None = await done
        _finish(handle, outcome is not None)
        if outcome is None:
            return Ask.Result(answer="none")
        return Ask.Result(
            answer=outcome.answer, heard=clean(outcome.heard), means=outcome.means, times_asked=outcome.times_asked
        )

    def _on_cancel(self, handle: ServerGoalHandle) -> CancelResponse:
        self._speech.cancel(_id_of(handle))
        self._desk.cancel(_id_of(handle))
        return CancelResponse.ACCEPT

    # what goes out

    def _line(
        self,
        text: str,
        language: Language,
        is_urgent: bool,
        line_id: str = "",
        interrupted: Interrupted = Interrupted.DROPPED,
        origin: str = "template",
        turn: str = "",
    ) -> Line:
        """Replies, too, are heard in quiet hours: somebody is awake and talks. A `Say` is one only if it is urgent."""
        is_reply = not line_id
        return Line(
            line_id or f"own {next(self._numbers)}",
            text,
            language,
            self._voice,
            Urgency.ALARM if is_urgent else Urgency.TALK,
            interrupted,
            in_quiet_hours=is_urgent or is_reply,
            origin=origin,
            turn=turn,
        )

    def _language_of(self, named: str) -> Language | None:
        if not named:
            return self._partner.language
        return named if named in LANGUAGES else None

    def _health(self) -> list[Health]:
        known = [self._speech_health(), self._hearing.health()]
        return known if self._model is None else [*known, self._model.health()]

    def _speech_health(self) -> Health:
        speech = self._speech
        loudspeaker = "none" if not is_loudspeaker(self._p.speaker) else "broken" if speech.fault else "works"
        values: dict[str, object] = {
            "waiting": speech.waiting,
            "language": self._partner.language,
            "loudspeaker": loudspeaker,
        }
        if speech.first_sound_s is not None:
            values["first_sound_ms"] = 1000.0 * speech.first_sound_s
        faults = [each for each in (speech.voice_fault, speech.fault) if each]
        if faults:
            return Health("speech", Level.WARN, f"what is said is only shown: {' '.join(faults)}", values)
        if speech.voice_fault is None:
            return Health("speech", Level.OK, "loads its voice", values)
        return Health("speech", Level.OK, "can be heard", values)


def _id_of(handle: ServerGoalHandle) -> str:
    return bytes(handle.goal_id.uuid).hex()


def _finish(handle: ServerGoalHandle, is_good: bool) -> None:
    if handle.is_cancel_requested:
        handle.canceled()
    elif is_good:
        handle.succeed()
    else:
        handle.abort()


def _unknown_language(named: str) -> str:
    return f"there is no language '{named[:20]}': use one of {', '.join(LANGUAGES)}"


def main() -> None:
    run(ConversationNode)
