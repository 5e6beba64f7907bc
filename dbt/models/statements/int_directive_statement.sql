-- Every landed statement about a task, with its flags. A task is known by number and words.
{{ keyed_statement('stg_directives', ['directive_no', 'task']) }}
