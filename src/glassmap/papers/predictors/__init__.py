"""Which structure says where it will move: every structural predictor against every dynamics, no paper's but ours."""
