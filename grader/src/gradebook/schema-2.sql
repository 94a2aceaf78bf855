-- Version 2: which part of the class a run was for, so that a merge can tell which one is missing.
ALTER TABLE run ADD COLUMN part INTEGER;    -- from 1; NULL: all of the class, or only some students of it
ALTER TABLE run ADD COLUMN parts INTEGER;   -- of how many
