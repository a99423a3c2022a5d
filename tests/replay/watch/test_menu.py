import pygame

from replay.watch.model.menu import LONG, Menu


def test_the_light_goes_round_or_stops_at_the_ends():
    round_about, long = Menu(["a", "b", "c"]), Menu(list(range(20)), LONG, wraps=False)
    assert round_about.key("Up") and round_about.item == "c"
    assert round_about.key("Tab") and round_about.item == "a"
    assert not round_about.key("Enter") and round_about.item == "a"
    for word, expected in (("Up", 0), ("PageDown", 5), ("End", 19), ("Down", 19), ("PageUp", 14), ("Home", 0)):
        assert long.key(word) and long.item == expected


def test_the_mouse_lights_what_it_is_over():
    menu = Menu(["a", "b"])
    menu.places = [(pygame.Rect(0, 0, 10, 10), "a"), (pygame.Rect(20, 0, 10, 10), "b")]
    assert menu.point((25, 5)) == "b" and menu.item == "b"
    assert menu.point((15, 5)) is None and menu.item == "b"
    assert menu.at((5, 5)) == "a" and menu.item == "b"


def test_an_empty_menu_takes_keys_and_has_nothing_to_light():
    menu = Menu([], LONG, wraps=False)
    assert menu.key("End") and menu.chosen == 0
