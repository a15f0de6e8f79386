-- The engineer reads. Nobody else does: what is here was not yet validated, and no rule on personal data was applied.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO "IAMR:${engineer}"
