# Completion of livedata and its programs for bash. What they take stands in tables that the programs have written of
# themselves, in share/livedata/completion: option, values, help, with tabs between.
_livedata() {
  local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} option= program folder table words
  folder=$(command -v -- "${COMP_WORDS[0]}") || return
  folder=$(readlink -f -- "$folder")
  program=${folder##*/}
  folder=${folder%/*}/../share/livedata/completion
  # A word after livedata leads to another program.
  if [[ $program == livedata && COMP_CWORD -gt 1 && -r $folder/livedata-${COMP_WORDS[1]} ]]; then
    program=livedata-${COMP_WORDS[1]}
  fi
  table=$folder/$program
  [[ -r $table ]] || return
  # "=" is a word of its own.
  if [[ $cur == = ]]; then
    option=$before cur=
  elif [[ $before == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if [[ -z $option ]]; then
    COMPREPLY=($(compgen -W "$(cut -f 1 "$table")" -- "$cur"))
    if [[ ${COMPREPLY[0]-} == *= ]]; then compopt -o nospace 2>/dev/null; fi
    return
  fi
  words=$(awk -F '\t' -v option="$option=" '$1 == option { print $2 }' "$table")
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _livedata livedata @COMPLETED_PROGRAMS@
