"""What a rule means, in pure Python: the specification that every evaluator agrees with."""
