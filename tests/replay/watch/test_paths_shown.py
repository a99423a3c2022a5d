"""The window shows the fields of a game that names them by paths."""

import numpy as np
import pygame
from plain_games import Pong

from replay import Recorder
from replay.watch.model.scene import Camera
from replay.watch.model.session import Session
from replay.watch.view.picture import open_look
from replay.watch.view.table import TableLook


def test_a_plain_game_is_a_table_of_its_paths_whose_changes_are_lit(path):
    with Recorder(path, Pong, seed=7, players=["Ann", "Ben"]) as recorder:
        for tick in range(130):
            recorder.step(Pong.rows(Pong.Input(up=tick > 60), Pong.Input()))
    with Session(path, Pong) as session:
        look = open_look(session)
        assert isinstance(look, TableLook)
        assert session.moments.state(100)["ball.x"] == recorder.match.state_fields(session.moments.saved(100))["ball.x"]
        pictures = []
        for position in (100.0, 100.0, 101.0, 100.5):
            surface = pygame.Surface((1280, 720))
            look.draw(surface, session.scene(position, Camera.fit((0, 0, 1280, 720), session.story.world)))
            pictures.append(pygame.surfarray.array3d(surface))
    same, again, later, between = pictures
    assert (same == again).all() and (same != later).any()
    assert len(np.unique(same.reshape(-1, 3), axis=0)) > 5 and (between != same).any()  # lit where the next state differs
