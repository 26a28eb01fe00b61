# What the rules of the third paper share.


def of_set(wildcards):
    """Where the state of a set that a job is about comes from."""
    return PLAN.sets[wildcards.dataset][PHASES.index(wildcards.phase)]


def of_datasets(pattern):
    """A pattern of a file of every pair of states and its states, in this order."""
    return expand(pattern, dataset=PLAN.datasets, phase=PHASES)


def crystals_of_datasets():
    """Which replicas crystallised, of every pair of states and its states, in this order."""
    if not PLAN.sets:
        return crystals_of(PLAN.datasets)
    coldest = PLAN.coldest_state
    return [
        PATHS.crystals.format(system=origin.system, phase=coldest)
        for both in PLAN.sets.values()
        for origin in both
    ]


def of_pair_networks(file, datasets=PLAN.datasets, networks=None):
    """A file of every network of the pairs and of its folds, in this order."""
    return [
        path
        for dataset in datasets
        for network in PLAN.pair_networks(dataset)
        if networks is None or network in networks
        for path in expand(
            PATHS.of_dataset.swanson2020(file), dataset=dataset, network=network, fold=PLAN.folds
        )
    ]


def network_keys(datasets=PLAN.datasets, networks=None):
    """Pair of states, name and fold of the networks of `of_pair_networks`."""
    return [
        [dataset, network, fold]
        for dataset in datasets
        for network in PLAN.pair_networks(dataset)
        if networks is None or network in networks
        for fold in PLAN.folds
    ]


def of_density_networks(pattern):
    """A pattern of a file of every network of the first paper, for every pair of states that has them."""
    if PLAN.sets or not PLAN.with_networks:
        return []
    return expand(pattern, system=PLAN.datasets, seed=SEEDS, phase=GLASS)


def of_swanson2020():
    """What tables and figures of the third paper take."""
    return {
        "datasets": PLAN.datasets,
        "phases": PHASES,
        "base_seed": config["seed"],
    }


def of_cooled(pattern, batches):
    """A pattern of a file of every batch of the slow and the fast system."""
    systems = [name for name in PLAN.cooled if name]
    return expand(pattern, system=systems, batch=batches)


def scored(dataset, network):
    """Scores of the particles of a pair of states, by fold and phase."""
    pattern = PATHS.of_dataset.swanson2020("scores-{phase}.nc")
    return expand(pattern, dataset=dataset, network=network, fold=PLAN.folds, phase=PHASES)


def first_network(network):
    """What shows one network: of the first pair of states and the first fold."""
    of_first = {"dataset": PLAN.datasets[0], "network": network, "fold": 0} if PLAN.datasets else {}
    paths = PATHS.of_dataset
    return {
        "configurations": expand(paths.configurations, **of_first, phase=PHASES) if of_first else [],
        "model": expand(paths.swanson2020("model.pt"), **of_first) if of_first else [],
        "predictions": expand(paths.swanson2020("predictions.csv"), **of_first) if of_first else [],
    }


def of_figure_7():
    """What the table and the figure of the graph measures take."""
    return {
        "systems": PLAN.measured_systems,
        "limits": {
            name: [
                min(config["systems"][name]["states"].values()),
                config["swanson2020"]["measured_up_to"],
            ]
            for name in PLAN.measured_systems
        },
    }


def of_artificial():
    """What the table and the figure of the artificial configurations take."""
    return {
        **of_swanson2020(),
        "networks": config["swanson2020"]["networks"],
        "symmetries": config["swanson2020"]["artificial"]["symmetries"],
        "number": config["swanson2020"]["artificial"]["configurations"],
    }


CRYSTALS_OF_COOLED = expand(
    PATHS.crystals, system=[name for name in PLAN.cooled if name], phase=PLAN.coldest_state
)
OF_MEASURES = {
    "graph_measures": expand(PATHS.graph_measures, system=PLAN.measured_systems),
    "crystals": expand(PATHS.crystals, system=PLAN.measured_systems, phase=PLAN.coldest_state),
}
GLASSES = expand(PATHS.of_dataset.configurations, dataset=PLAN.datasets, phase=PHASES[1])
