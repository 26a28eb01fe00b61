"""Methods of attribution against networks whose answer is known by hand, and their table."""

import numpy as np
import pytest
import torch
import xarray as xr
from repository import REPOSITORY
from scipy import stats
from torch import nn

from glassmap.analysis.attribution_comparison import (
    COARSE_GRAINED,
    COLUMNS,
    compare,
    completeness_rows,
    maps_for_class,
    network_rows,
    propensity_correlation,
)
from glassmap.analysis.correlations import PAIRS, quantity_of, summarise
from glassmap.analysis.method import NO_LENGTH
from glassmap.io.exclusions import CONSTANT_FIELD, exclusion_reasons
from glassmap.learning.attribution import (
    attribute,
    attribution_dataset,
    integrated_gradients,
    layer_cams,
    occlusion,
    projected_part,
)
from glassmap.learning.cnn import GLASS, LIQUID, Architecture, new_classifier, save_model
from glassmap.learning.gradcam import grad_cam
from glassmap.learning.map_ensemble import MapEnsemble
from glassmap.learning.null_networks import null_network
from glassmap.learning.particle_scores import particle_scores, sample_kernels
from glassmap.papers.oyama2023.method import METHODS as PAPERS
from glassmap.papers.oyama2023.null_comparison import mean_row
from glassmap.statistics import bootstrap_weights
from glassmap.structure.coarse_graining import coarse_grain
from glassmap.workflow.code_dependencies import module_file, scientific_modules

PHASES = ("liquid", "glass")

CPU = torch.device("cpu")
SMALL = Architecture(grid=6, channels=(3, 4, 4), kernel_size=3, dense=16)
METHODS = (
    *("gradcam_layer_1", "gradcam_layer_2", "gradcam_layer_3", "gradcam_class_0"),
    *("gradcam_signed", "integrated_gradients", "occlusion"),
)


@pytest.fixture
def model():
    return new_classifier(SMALL, 3)


@pytest.fixture
def fields(rng) -> np.ndarray:
    return rng.uniform(size=(5, 6, 6))


@pytest.fixture
def linear(rng):
    """A network whose logit of glass is w . x + b, and w."""
    weight = rng.normal(size=(6, 6)).astype(np.float32)
    network = nn.Sequential(nn.Flatten(), nn.Linear(36, 2))
    with torch.no_grad():
        network[1].weight[GLASS] = torch.from_numpy(weight.ravel())
    return network, weight


def moved_dense(network, shift):
    """The network with its dense layer moved over the grid, so that a moved field gives the same logits."""
    with torch.no_grad():
        weight = network.head[1].weight
        weight.copy_(torch.roll(weight.reshape(16, 4, 6, 6), shift, (2, 3)).reshape(16, -1))
    return network


def test_last_layer_gives_grad_cam(model, fields):
    np.testing.assert_allclose(layer_cams(model, fields, CPU)[-1], grad_cam(model, fields, CPU)[1][GLASS], atol=1e-6)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_layers_agree_with_hooks_for_each_sample(model, fields, number):
    """Activation and gradient caught at the ReLU by hooks, the sum over channels in a loop."""
    relu = [layer for layer in model.features if isinstance(layer, nn.ReLU)][number - 1]
    caught = {}

    def keep(module, inputs, output):
        caught["activation"] = output.detach().clone()
        output.register_hook(lambda gradient: caught.update(gradient=gradient.clone()))

    handle = relu.register_forward_hook(keep)
    expected = []
    for field in torch.from_numpy(fields).float():
        model.eval().zero_grad()
        model(field[None, None])[0, GLASS].backward()
        weights = caught["gradient"][0].mean((1, 2))
        expected.append(sum(w * a for w, a in zip(weights, caught["activation"][0], strict=True)).numpy())
    handle.remove()
    np.testing.assert_allclose(layer_cams(model, fields, CPU)[number - 1], expected, atol=1e-6)


def test_first_layer_weights_agree_with_finite_differences(model, fields):
    """alpha of the first layer from moving one whole feature map, in double precision: mean of the slopes."""
    network = model.double().eval()
    field = torch.from_numpy(fields[:1])[:, None]
    first, rest = network.features[:2], nn.Sequential(*network.features[2:], network.head)
    with torch.no_grad():
        activation, step, expected = first(field), 1e-6, torch.zeros(6, 6, dtype=torch.float64)
        for m in range(3):
            up, down = activation.clone(), activation.clone()
            # moving every pixel alike adds up the slopes of all
            up[:, m] += step
            down[:, m] -= step
            slope = (rest(up) - rest(down))[0, GLASS] / (2 * step) / 36
            expected += slope * activation[0, m]
    np.testing.assert_allclose(layer_cams(model.float(), fields[:1], CPU)[0, 0], expected.numpy(), atol=1e-5)


def test_integrated_gradients_are_complete(model, fields):
    maps, error = integrated_gradients(model, fields, 1000, CPU)
    batch = torch.from_numpy(fields).float()[:, None]
    uniform = batch.mean((1, 2, 3), keepdim=True).expand_as(batch)
    with torch.no_grad():
        difference = (model(batch) - model(uniform))[:, GLASS].numpy()
    np.testing.assert_allclose(maps.sum((1, 2)), difference, rtol=1e-2, atol=1e-6)
    np.testing.assert_allclose(error, (maps.sum((1, 2)) - difference) / np.abs(difference), atol=1e-4)
    coarse = integrated_gradients(model, fields, 8, CPU)[1]
    assert np.abs(error).max() < np.abs(coarse).max()


def test_integrated_gradients_of_a_linear_network_are_analytic(linear, fields):
    """w (x - mean), whatever the number of steps."""
    network, weight = linear
    maps, error = integrated_gradients(network, fields, 8, CPU)
    np.testing.assert_allclose(maps, weight * (fields - fields.mean((1, 2), keepdims=True)), atol=1e-5)
    assert np.abs(error).max() < 1e-4


@pytest.mark.parametrize("window, stride", [(1, 1), (3, 1), (3, 2), (3, 3), (6, 3), (5, 4)])
def test_occlusion_of_a_linear_network_is_analytic(linear, fields, window, stride):
    """Mean over the periodic squares that hide a point of the sum of w (x - mean) in the square."""
    network, weight = linear
    share = weight * (fields - fields.mean((1, 2), keepdims=True))
    starts = {1: range(6), 2: (0, 2, 4), 3: (0, 3), 4: (0, 3)}[stride]
    total, count = np.zeros((5, 6, 6)), np.zeros((6, 6))
    for a in starts:
        for b in starts:
            square = np.ix_([(a + i) % 6 for i in range(window)], [(b + j) % 6 for j in range(window)])
            loss = sum(share[:, x, y] for x in square[0].ravel() for y in square[1].ravel())
            total[(slice(None), *square)] += loss[:, None, None]
            count[square] += 1
    assert (count > 0).all()
    np.testing.assert_allclose(occlusion(network, fields, window, stride, CPU), total / count, atol=1e-5)


def test_attributions_are_translation_equivariant(model, fields):
    """If field and dense layer are translated together, the maps are translated: a periodic grid has no edges."""
    shift = (2, 5)
    settings = {"steps": 16, "window": 3, "stride": 1, "device": CPU}
    before = attribute(model, fields, METHODS, **settings).maps
    after = attribute(moved_dense(model, shift), np.roll(fields, shift, (1, 2)), METHODS, **settings).maps
    np.testing.assert_allclose(after, np.roll(before, shift, (2, 3)), atol=2e-6)


def test_methods_keep_their_order_and_are_reproducible(model, fields):
    settings = {"steps": 16, "window": 3, "stride": 2, "device": CPU}
    model.train()  # dropout must be off, whatever the mode of the network
    found, again = (attribute(model, fields, METHODS, **settings) for _ in range(2))
    assert found.methods == METHODS and found.maps.shape == (7, 5, 6, 6) and found.maps.dtype == np.float32
    np.testing.assert_array_equal(found.maps, again.maps)
    by_name = dict(zip(METHODS, found.maps, strict=True))
    _, signed = grad_cam(model, fields, CPU)
    np.testing.assert_allclose(by_name["gradcam_class_0"], signed[LIQUID], atol=1e-6)
    np.testing.assert_array_equal(by_name["gradcam_signed"], by_name["gradcam_layer_3"])
    one = attribute(model, fields, ["occlusion"], **settings, batch_size=2)
    np.testing.assert_allclose(one.maps[0], by_name["occlusion"], atol=1e-6)
    assert one.completeness_error is None and found.completeness_error.shape == (5,)
    with pytest.raises(ValueError, match="'saliency' is no method"):
        attribute(model, fields, ["saliency"], **settings)


def test_only_the_signed_map_keeps_its_negative_part():
    maps = np.array([-1.0, 2.0])
    np.testing.assert_array_equal(projected_part(maps, "gradcam_signed"), maps)
    for method in set(METHODS) - {"gradcam_signed"}:
        np.testing.assert_array_equal(projected_part(maps, method), [0, 2])


@pytest.fixture
def samples(rng):
    """Configurations of three samples of 60 particles."""
    return xr.Dataset(
        {
            "position": (("sample", "particle", "axis"), rng.uniform(0, 8, size=(3, 60, 2))),
            "species": ("particle", np.repeat([0, 1], 30)),
            "box_length": 8.0,
        }
    )


def test_scores_conserve_the_map(samples, rng):
    sigma = np.array([[1.0, 0.8], [0.8, 0.88]])
    kernels = sample_kernels(samples, sigma, {"grid": 8, "kernel_width": 1.0, "cutoff": 2.5})
    maps = rng.uniform(size=(2, 3, 8, 8))
    gamma = particle_scores(maps, kernels)
    assert gamma.shape == (2, 3, 60)
    np.testing.assert_allclose(gamma.sum(-1), maps.sum((-2, -1)))
    np.testing.assert_allclose(gamma[1, 2], kernels[2].inverse(maps[1, 2]))


@pytest.fixture
def networks(rng) -> MapEnsemble:
    """Two networks and three samples; the first is wrong about sample 1, the third sample is a crystal."""
    return MapEnsemble(
        replica=np.array([4, 7, 9]),
        indicators=xr.Dataset(
            {name: (("sample", "particle"), rng.normal(size=(3, 60))) for name in ("voronoi_volume", "tong_tanaka")}
        ),
        gamma=rng.uniform(size=(2, 3, 60)),
        correct=np.array([[True, False, True], [True, True, True]]),
        failed=np.array([False, False]),
        crystallised=np.array([False, False, True]),
        seeds=[0, 5],
        names=["gradcam", "gradcam"],
    )


@pytest.mark.parametrize("method", PAPERS.values(), ids=PAPERS)
def test_similarity_is_one_with_itself_and_pearson_with_others(networks, samples, rng, method):
    maps, gamma = rng.uniform(size=(2, 3, 3, 8, 8)), rng.uniform(size=(2, 3, 3, 60))
    maps[:, 1], gamma[:, 1] = 2 * maps[:, 0], 2 * gamma[:, 0]  # of the same pattern
    maps[0, 2, 1], gamma[0, 2, 1] = 0, 0  # a dead map
    positions = samples["position"].values
    found = compare(maps, gamma, networks, positions, 8.0, 1.5, method)
    for name in ("similarity_map", "similarity_map_spearman", "similarity_gamma", "similarity_coarse"):
        np.testing.assert_allclose(found[name][:, :2], 1, err_msg=name)
    assert all(np.isnan(values[0, 2, 1]) and np.isfinite(values).sum() == 17 for values in found.values())

    def coarse(values, indicator, sample):
        return coarse_grain(values, positions[sample], 8.0, 1.5, method.kernel_of(indicator))

    smooth = [coarse(gamma[1, method, 2], "gradcam", 2) for method in (0, 2)]
    theta = coarse(networks.indicators["tong_tanaka"].values[2], "tong_tanaka", 2)
    volume = coarse(networks.indicators["voronoi_volume"].values[2], "voronoi_volume", 2)
    assert found["similarity_coarse"][1, 2, 2] == pytest.approx(np.corrcoef(*smooth)[0, 1])
    assert found["c_theta"][1, 2, 2] == pytest.approx(np.corrcoef(smooth[1], theta)[0, 1])
    assert found["c_upsilon"][1, 2, 2] == pytest.approx(np.corrcoef(smooth[1], volume)[0, 1])
    assert found["similarity_gamma"][1, 2, 2] == pytest.approx(np.corrcoef(gamma[1, 0, 2], gamma[1, 2, 2])[0, 1])

    propensity, lengths = rng.uniform(size=60), {"dynamics": 2.0, "propensity": 1.0}
    with_delta = propensity_correlation(gamma[:, :, 2], propensity, positions[2], 8.0, lengths, method)
    one = coarse_grain(gamma[1, 2, 2], positions[2], 8.0, 2.0, method.kernel_of("gradcam"))
    other = coarse_grain(propensity, positions[2], 8.0, 1.0, method.kernel_of("propensity"))
    assert with_delta.shape == (2, 3) and with_delta[1, 2] == pytest.approx(np.corrcoef(one, other)[0, 1])


def test_rows_average_usable_samples_then_networks(networks):
    usable = networks.counted
    np.testing.assert_array_equal(usable, [[True, False, False], [True, True, False]])
    values = np.array([[0.1, 0.9, 0.9], [0.3, np.nan, 0.9]])
    dead = np.array([[False, True, True], [False, True, True]])
    weights = np.array([[2, 1, 0], [0, 0, 3], [1, 1, 1]])
    table = network_rows({"c_theta": values}, dead, networks.not_counted, networks.seeds, weights).set_index("network")
    assert tuple(table.reset_index()[list(COLUMNS)].columns) == COLUMNS
    assert table.loc["mean", "value"] == pytest.approx(0.2)
    assert table.loc["mean", "std_over_networks"] == pytest.approx(np.std([0.1, 0.3], ddof=1))
    assert table["networks"].tolist() == [2, 1, 1] and table["samples"].tolist() == [1, 1, 1]
    assert table["dead"].tolist() == [1, 0, 1]
    assert table.loc["seed-0", "value"] == 0.1 and table.loc["seed-5", "value"] == pytest.approx(0.3)
    # one replica alone has no scatter
    assert np.isnan(table.loc["mean", ["low", "high"]].astype(float)).all()


def test_interval_is_the_bootstrap_over_replicas(rng):
    """Of many replicas it has the width that their scatter and number give."""
    values = 0.2 + 0.1 * rng.normal(size=(1, 100))
    alive, counted = np.zeros((1, 100), dtype=bool), np.full((1, 100), "")
    weights = rng.multinomial(100, np.full(100, 0.01), size=4000)
    one = network_rows({"c": values}, alive, counted, [0], weights).iloc[0]
    nothing = {"similarity_coarse": np.full_like(values, np.nan), "similarity_gamma": np.full_like(values, np.nan)}
    notes = network_rows(nothing, alive, counted, [0], weights, without_length=COARSE_GRAINED)
    assert notes.groupby("quantity")["note"].unique().str.join("").to_dict() == {
        "similarity_coarse": NO_LENGTH,
        "similarity_gamma": CONSTANT_FIELD,
    }
    assert one["low"] < one["value"] < one["high"]
    error = values.std(ddof=1) / 10
    assert one["high"] - one["low"] == pytest.approx(2 * 1.96 * error, rel=0.08)
    # a network that gives the same to each replica leaves no interval
    flat = network_rows({"c": np.full((1, 100), 0.5)}, alive, counted, [0], weights).iloc[0]
    assert flat["low"] == pytest.approx(0.5) and flat["high"] == pytest.approx(0.5)


def test_bootstrap_resamples_replicas_jointly_for_all_networks(rng):
    """Sample by sample of the bootstrap in a loop, with values that are missing."""
    values = rng.uniform(-0.5, 0.5, size=(2, 6))
    values[0, 3] = values[1, 0] = values[1, 5] = np.nan
    weights = rng.multinomial(6, np.full(6, 1 / 6), size=50)
    again = []
    for drawn in weights:
        chosen = [np.repeat(network, drawn) for network in values]
        again.append(np.mean([np.nanmean(network) for network in chosen if np.isfinite(network).any()]))
    value = np.mean([np.nanmean(network) for network in values])
    # five samples at most are known of a network
    half = stats.t.ppf(0.975, 4) * np.sqrt(5 / 4) * np.std(again, ddof=1)
    alive, counted = np.zeros((2, 6), dtype=bool), np.full((2, 6), "")
    one = network_rows({"c": values}, alive, counted, [0, 1], weights).iloc[0]
    assert [one["low"], one["high"]] == pytest.approx([value - half, value + half])


def test_a_mean_has_the_same_interval_in_every_table(rng):
    """Of summary, controls and attributions, with a crystal, a wrong sample and a network that failed."""
    values, crystallised = rng.uniform(-0.5, 0.5, size=(4, 9)), np.arange(9) == 2
    correct, failed = np.ones((4, 9), dtype=bool), np.arange(4) == 3
    correct[1, 5] = False
    not_counted = exclusion_reasons(crystallised, failed, correct)
    kept = np.where(correct & ~crystallised, values, np.nan)
    pairs = [quantity_of(*pair) for pair in PAIRS]
    dataset = xr.Dataset(
        {
            **{
                name: (("protocol", "network", "sample", "pair"), np.repeat(kept[None, ..., None], len(pairs), axis=-1))
                for name in ("pearson", "spearman")
            },
            "partial": (("protocol", "network", "sample"), kept[None]),
            "correct": (("network", "sample"), correct.astype(int)),
            "dead": (("network", "sample"), np.zeros((4, 9), dtype=int)),
            "failed": ("network", failed.astype(int)),
            "crystallised": ("sample", crystallised.astype(int)),
        },
        coords={"protocol": ["frontiers"], "pair": pairs, "xi": ("protocol", [4.0])},
    )
    weights = bootstrap_weights(200, 9, 7)
    attribution = network_rows({"c": values}, np.zeros((4, 9), dtype=bool), not_counted, [0, 1, 2, 3], weights).iloc[0]
    summary = summarise(dataset, 200, 7).iloc[0]
    control = mean_row("gradcam", "network", kept[:3], weights)
    for name in ("value", "low", "high"):
        assert attribution[name] == summary[name] == getattr(control, name)


def test_a_quantity_without_values_is_reported_as_missing(networks):
    nothing = np.full((2, 3), np.nan)
    table = network_rows({"c": nothing}, np.ones((2, 3), dtype=bool), networks.not_counted, [0, 5], np.ones((4, 3)))
    assert table["value"].isna().all() and (table["networks"] == 0).all() and table["dead"].tolist() == [3, 1, 2]


def test_completeness_error_is_the_maximum_over_usable_samples(networks):
    errors = np.array([[0.01, 0.5, 0.5], [-0.03, 0.02, 0.5]])
    table = completeness_rows(errors, networks.not_counted, networks.seeds).set_index("network")
    assert table["value"].to_dict() == {"mean": 0.03, "seed-0": 0.01, "seed-5": 0.03}
    assert (table["quantity"] == "completeness_error_max").all()


def test_only_the_attribution_rule_imports_captum_and_no_table_imports_torch():
    scripts = sorted((REPOSITORY / "workflow/scripts").glob("*.py"))
    needing = [script.stem for script in scripts if "learning.attribution" in scientific_modules(script)]
    assert needing == ["attributions", "predictor_fields", "reading"]
    importing = [path.name for path in (REPOSITORY / "src/glassmap").rglob("*.py") if "from captum" in path.read_text()]
    assert importing == ["attribution.py"]
    for script, of_paper in (("table", "tables_attribution"), ("figure", "figures_layer_randomisation")):
        loaded = scientific_modules(REPOSITORY / f"workflow/scripts/{script}.py", f"papers.oyama2023.{of_paper}")
        assert not [module for module in loaded if "import torch" in module_file(module).read_text()], of_paper


def test_maps_of_the_other_class_equal_those_of_a_network_with_swapped_logits(model, fields):
    settings = {"steps": 16, "window": 3, "stride": 2, "device": CPU}
    methods = [method for method in METHODS if method != "gradcam_class_0"]
    expected = attribute(model, fields, methods, **settings, target=LIQUID)
    with torch.no_grad():
        last = model.head[-1]
        last.weight.copy_(last.weight.flip(0))
        last.bias.copy_(last.bias.flip(0))
    found = attribute(model, fields, methods, **settings)
    np.testing.assert_allclose(found.maps, expected.maps, atol=1e-6)
    np.testing.assert_allclose(found.completeness_error, expected.completeness_error, atol=1e-4)


@pytest.mark.parametrize("phase", ["liquid", "glass"])
def test_liquid_samples_have_maps_for_the_class_glass_and_their_own(model, rng, samples, phase):
    sigma = np.array([[1.0, 0.8], [0.8, 0.88]])
    kernels = sample_kernels(samples, sigma, {"grid": 6, "kernel_width": 1.0, "cutoff": 2.5})
    fields = rng.uniform(size=(3, 6, 6))
    methods = ["gradcam", "gradcam_class_0", "gradcam_signed", "integrated_gradients"]
    attribution = {"methods": methods, "steps": 16, "window": 3, "stride": 2}
    found = attribution_dataset(model, fields, kernels, phase, PHASES, attribution, CPU, 50)
    classes = ["glass", "liquid", "glass", "glass"]
    own = ["gradcam", "gradcam_signed", "integrated_gradients"] if phase == "liquid" else []
    shown = ["gradcam", "gradcam_liquid", "gradcam_signed", "integrated_gradients"]
    assert found["method"].values.tolist() == shown + own
    assert found["map_class"].values.tolist() == classes + ["own"] * len(own)
    _, signed = grad_cam(model, fields, CPU)
    np.testing.assert_allclose(found["map"].values[0], signed[GLASS], atol=1e-6)
    np.testing.assert_allclose(found["map"].values[1], signed[LIQUID], atol=1e-6)
    np.testing.assert_allclose(found["gamma"].values[2].sum(-1), signed[GLASS].sum((-2, -1)), atol=1e-5)
    known = np.isfinite(found["completeness_error"].values).all(axis=1)
    assert (known == (found["method"].values == "integrated_gradients")).all()

    block = maps_for_class(found, "glass")
    assert block["method"].tolist() == shown
    if phase == "liquid":
        # Grad-CAM of the own class first, as it goes to the particles
        np.testing.assert_allclose(found["map"].values[4], signed[LIQUID], atol=1e-6)
        gamma = particle_scores(np.maximum(signed[LIQUID], 0), kernels)
        without = found.isel(method=[0, 1, 2, 3, 5, 6])
        block = maps_for_class(without, "own", (signed[LIQUID], gamma))
        assert block["method"].tolist() == own and block["map_class"].tolist() == ["own"] * 3
        np.testing.assert_allclose(block["gamma"], found["gamma"].values[4:], atol=1e-5)
        np.testing.assert_array_equal(block["map"][0], np.maximum(signed[LIQUID], 0))
        np.testing.assert_allclose(block["map"][1], signed[LIQUID], atol=1e-6)
        with_both_signs = found["map"].values[6]
        assert (with_both_signs < 0).any()
        np.testing.assert_array_equal(block["map"][2], np.maximum(with_both_signs, 0))


def test_null_networks_are_reproducible(fields, tmp_path):
    start = {"normalisation": "sample", "initialization": "contrast"}
    settings = (SMALL, start, fields, [tmp_path / "shuffled.pt"], 7, "KAM")
    first, again = (null_network("random_weights", 0, *settings) for _ in range(2))
    other = null_network("random_weights", 1, *settings)
    state = {name: values.numpy() for name, values in first.state_dict().items()}
    for name, values in again.state_dict().items():
        np.testing.assert_array_equal(values.numpy(), state[name])
    assert any((values.numpy() != state[name]).any() for name, values in other.state_dict().items())
    # of zero sum in the first layer, as those that are trained start
    np.testing.assert_allclose(state["features.0.weight"].sum((2, 3)), 0, atol=1e-5)
    save_model(tmp_path / "shuffled.pt", other)
    shuffled = null_network("shuffled_labels", 0, *settings)
    for name, values in shuffled.state_dict().items():
        np.testing.assert_array_equal(values.numpy(), other.state_dict()[name].numpy())


@pytest.mark.parametrize("shape", [(2, 0), (0, 3)])
def test_without_samples_or_networks_there_is_a_row_that_says_so(shape):
    nothing, seeds = np.empty(shape, dtype="U8"), list(range(shape[0]))
    for table in (
        completeness_rows(np.empty(shape), nothing, seeds),
        network_rows({"c": np.empty(shape)}, np.empty(shape, dtype=bool), nothing, seeds, np.ones((5, shape[1]))),
    ):
        assert len(table) == 1 + len(seeds) and table["value"].isna().all()
        assert (table["note"] == "no test sample").all() and (table["samples"] == 0).all()
