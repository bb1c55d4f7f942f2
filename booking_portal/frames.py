"""The portal inside pages of other sites: who may frame it, and what has to leave the frame.

Browsers give a frame of another site none of our cookies (SameSite=Lax), and without them no form of ours can be sent.
So the frame shows what only has to be read, up to the free slots, and what writes opens in the whole window.
"""

from organizations.models import Territory

from .steps import Step

# Steps whose form needs the session.
OUTSIDE_FRAMES = {Step.INSTRUCTIONS, Step.WHO, Step.CODE}

_FRAMES = {"iframe", "frame", "embed", "object", "fencedframe"}


def is_in_frame(request) -> bool:
    """Whether the browser asks for a frame; one from before 2023 does not say."""
    return request.headers.get("Sec-Fetch-Dest", "") in _FRAMES


def allow_frames(response, territory: Territory):
    """The response, which the sites that the territory names may frame; by nobody if it names none."""
    if territory.frame_ancestors:
        # What CSPMiddleware and XFrameOptionsMiddleware look for.
        response._csp_replace = {"frame-ancestors": list(territory.frame_ancestors)}
        response.xframe_options_exempt = True
    return response
