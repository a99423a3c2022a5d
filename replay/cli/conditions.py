"""How a condition on state fields is written, for the help of the commands that take one."""

CONDITIONS = """\b
    fields      players.2.health, or players.*.health for all of them
    operators   < <= == != >= >  + - * // %  and or not ( )
    functions   any all sum min max count"""
