"""What is read of the checkpoints outside the database while others are added."""

from app.adapters.checkpoint_files import CheckpointFiles
from tests.audit.conftest import Trail


async def test_a_checkpoint_made_while_the_folder_is_read_is_left_for_the_next_reading(
    trail: Trail,
) -> None:
    """A verification reads the database as it stood after it had opened the folder."""
    await trail.grow(7)
    await trail.grow(5)
    reading = CheckpointFiles(trail.file.parent).lines(trail.tenant)
    read = [next(reading)]
    await trail.grow(3)
    read += reading
    assert len(read) == 2
    assert len(trail.file.read_text().splitlines()) == 3
    assert (await trail.verify()).is_whole
