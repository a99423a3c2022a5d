"""The display as the program finds it: a surface in memory, of the size that it asks for, on a desktop of fixed size."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pygame

from replay.games.pygame.inside.stage import Stage

_DESKTOP = (1920, 1080)
_FULL = (1280, 720)  # of a program that takes whatever size there is
_SIZES = [_DESKTOP, (1600, 900), _FULL, (1024, 768), (800, 600), (640, 480)]


def install(stage: Stage) -> None:
    module: Any = pygame.display
    real_mode, real_quit = module.set_mode, module.quit
    asked = {"flags": 0}

    def set_mode(size: Any = (0, 0), flags: int = 0, depth: int = 0, display: int = 0, vsync: int = 0) -> pygame.Surface:
        if flags & pygame.OPENGL:
            raise pygame.error("this program draws by OpenGL, which no replay can show")
        width, height = (int(side) for side in size or (0, 0))
        asked["flags"] = flags
        stage.look["resizable"] = bool(flags & pygame.RESIZABLE)
        surface: pygame.Surface = real_mode((width or _FULL[0], height or _FULL[1]), 0, depth)
        stage.look["size"] = list(surface.get_size())
        return surface

    def take(name: str, attributes: dict[str, Any]) -> None:
        if name == "VIDEORESIZE":
            size = attributes["size"] = int(attributes["w"]), int(attributes["h"])
            if asked["flags"] & pygame.RESIZABLE and module.get_surface() and all(0 < side <= 8192 for side in size):
                set_mode(size, asked["flags"])

    def flip() -> None:
        if not module.get_surface():
            raise pygame.error("Display mode not set")
        stage.flip()

    def update(*rectangles: Any) -> None:
        flip()

    def close() -> None:
        surface = module.get_surface() if module.get_init() else None
        stage.last_screen = surface.copy() if surface else stage.last_screen
        real_quit()

    def set_caption(title: str, icontitle: str = "") -> None:
        stage.look["caption"] = str(title)

    stage.on_input.append(take)
    stage.look["caption"] = "pygame window"
    module.set_mode, module.flip, module.update, module.quit, module.set_caption = set_mode, flip, update, close, set_caption
    module.get_caption = lambda: (stage.look["caption"],) * 2
    module.Info = lambda: SimpleNamespace(
        hw=0, wm=1, video_mem=0, bitsize=32, bytesize=4,
        masks=(0xFF0000, 0xFF00, 0xFF, 0), shifts=(16, 8, 0, 0), losses=(0, 0, 0, 8),
        blit_hw=0, blit_hw_CC=0, blit_hw_A=0, blit_sw=0, blit_sw_CC=0, blit_sw_A=0, pixel_format="PIXELFORMAT_RGB888",
        current_w=module.get_surface().get_width() if module.get_surface() else _DESKTOP[0],
        current_h=module.get_surface().get_height() if module.get_surface() else _DESKTOP[1],
    )  # fmt: skip
    module.list_modes = lambda *_, **__: list(_SIZES)
    module.mode_ok = lambda *_, **__: 32
    module.get_desktop_sizes, module.get_num_displays = lambda: [_DESKTOP], lambda: 1
    module.get_window_size = lambda: module.get_surface().get_size()
    module.get_desktop_refresh_rates, module.get_current_refresh_rate = lambda: [60], lambda: 60
    module.get_active = module.get_window_focused = lambda: bool(module.get_init() and module.get_surface())
    module.toggle_fullscreen = lambda: 1
    module.is_fullscreen = lambda: bool(asked["flags"] & pygame.FULLSCREEN)
    module.iconify = lambda: True
    module.set_icon = module.set_gamma = module.set_gamma_ramp = module.set_allow_screensaver = lambda *_, **__: None
    _install_fonts(stage)
    _install_windows()


def _install_windows() -> None:
    """Windows and textures of the graphics card: nothing of them would be seen, and so they are refused."""

    class Refused:
        def __init__(self, *_: Any, **__: Any) -> None:
            raise pygame.error("this program draws by the graphics card, which no replay can show")

    import pygame._sdl2.video as video  # where there is none, a program has none

    package: Any = pygame
    for module in (video, package._sdl2, package):
        for name in ("Window", "Renderer"):
            if hasattr(module, name):
                setattr(module, name, type(name, (Refused,), {}))


def _install_fonts(stage: Stage) -> None:
    """A font of the system is another one on another machine; that of pygame is the same."""
    real = pygame.font.SysFont

    def system_font(name: Any, *args: Any, **kwargs: Any) -> Any:
        if name is not None:
            stage.risk(f"it draws with the system's font {name!r}, which looks different on another machine")
        return real(name, *args, **kwargs)

    pygame.font.SysFont = system_font
