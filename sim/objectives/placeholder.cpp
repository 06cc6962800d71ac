namespace acidsim {}
