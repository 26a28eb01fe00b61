if config["explain"]:

    rule explain:
        """What a system's trained networks say of the user's new configurations: classes, and maps on the particles."""
        input:
            models=of_explaining_networks("model.pt"),
            history=of_explaining_networks("history.csv"),
            files=lambda wildcards: users_files(explained(wildcards)["files"]),
        output:
            classes=PATHS.explanation("classes.csv"),
            maps=PATHS.explanation("maps.extxyz"),
            figures=[PATHS.explanation(f"maps.{kind}") for kind in FIGURE_KINDS],
        log:
            PATHS.log("explain", "{explanation}"),
        benchmark:
            PATHS.benchmark("explain", "{explanation}")
        wildcard_constraints:
            explanation="|".join(map(re.escape, config["explain"])),
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=memory_of("explain"),
            runtime=runtime_of("explain"),
            gpu=GPUS,
        params:
            code=code("explain"),
            options=explained,
            model=by_explained_system(PLAN.model),
            phases=PHASES,
            seeds=SEEDS,
            failed_below=config["classifier"]["failed_below"],
            architecture=by_explained_system(PLAN.architecture),
            density=by_explained_system(PLAN.density),
        message:
            "asking the networks about {wildcards.explanation}"
        script:
            "../scripts/explain.py"
