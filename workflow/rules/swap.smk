if PLAN.from_swap:

    rule swap:
        """A chain of swap Monte Carlo: independent structures of a state in equilibrium."""
        output:
            chain=PATHS.swap_chain,
        log:
            PATHS.log("swap", "{system}-{phase}-{chain}"),
        benchmark:
            PATHS.benchmark("swap", "{system}-{phase}-{chain}")
        retries: continuations("swap")
        conda:
            ENVIRONMENT
        resources:
            mem_mb=memory_of("swap"),
            runtime=runtime_of("swap"),
        params:
            code=code("swap"),
            model=by_case(PLAN.model),
            protocol=lambda wildcards: PLAN.chain_settings(wildcards.system, wildcards.phase),
            base_seed=config["seed"],
        message:
            "swap Monte Carlo of {wildcards.system} {wildcards.phase}, chain {wildcards.chain}"
        script:
            "../scripts/swap.py"

    rule configurations_of_chains:
        """All structures of a state from its chains, which must be stationary, with the split by structure."""
        input:
            chains=expand(PATHS.swap_chain, chain=PLAN.chains, allow_missing=True),
        output:
            configurations=AS_READ,
        log:
            PATHS.log("configurations_of_chains", "{system}-{phase}"),
        benchmark:
            PATHS.benchmark("configurations_of_chains", "{system}-{phase}")
        conda:
            ENVIRONMENT
        resources:
            mem_mb=memory_of("configurations"),
            runtime=runtime_of("configurations"),
        params:
            code=code("configurations_of_chains"),
            protocol=lambda wildcards: PLAN.chain_settings(wildcards.system, wildcards.phase),
            split=config["split"],
            base_seed=config["seed"],
        message:
            "collecting the {wildcards.phase} structures of {wildcards.system}"
        script:
            "../scripts/configurations_of_chains.py"
