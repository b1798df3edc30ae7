"""A port for metrics that cannot be had is one line that names the setting."""

import socket
from contextlib import closing

import pytest

from clearance.metrics import Board
from clearance.metrics.declared import TRACKER
from clearance.metrics.serving import serve
from clearance.settings import InvalidSetting


def test_a_busy_port_is_named_with_the_setting_that_changes_it() -> None:
    board = Board(TRACKER)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidSetting, match=rf"127\.0\.0\.1:{port} \(.+\): stop what .* CLEARANCE_DEMO_PORT"):
            serve(board, "127.0.0.1", port, "CLEARANCE_DEMO_PORT")
