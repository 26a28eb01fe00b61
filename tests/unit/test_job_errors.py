"""What a job says on the terminal when it fails."""

import pytest
import torch

from glassmap.errors import GlassmapError
from glassmap.workflow.logging import job


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (GlassmapError("a.nc: no such file"), ["gradcam KAM: a.nc: no such file", "see {log}"]),
        (ValueError("seven"), ["gradcam KAM: ValueError: seven", "see {log}"]),
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
            [
                "gradcam KAM: OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
                "the memory of the GPU is full: fewer jobs at once (--resources gpu=1), or classifier: {{device: cpu}}",
                "see {log}",
            ],
        ),
        (
            RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
            [
                "gradcam KAM: RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
                "the memory of the GPU is full: fewer jobs at once (--resources gpu=1), or classifier: {{device: cpu}}",
                "see {log}",
            ],
        ),
    ],
)
def test_an_error_is_named_with_what_to_do_and_the_log(tmp_path, capsys, error, said):
    log = tmp_path / "gradcam.log"
    with pytest.raises(SystemExit), job(str(log), "gradcam KAM"):
        raise error
    assert capsys.readouterr().err.splitlines()[-len(said) :] == [line.format(log=log) for line in said]
    assert str(error) in log.read_text()
