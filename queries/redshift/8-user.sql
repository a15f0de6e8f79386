-- Who takes the engineer's role is this user (Redshift, "Using IAM authentication": IAMR and the role's name).
CREATE USER "IAMR:${engineer}" PASSWORD DISABLE
