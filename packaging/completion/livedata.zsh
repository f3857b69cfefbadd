#compdef livedata @COMPLETED_PROGRAMS@
# Completion of livedata and its programs for zsh. What they take stands in tables that the programs have written of
# themselves, in share/livedata/completion: option, values, help, with tabs between.
_livedata() {
  local program folder table option
  local -a values described subcommands
  folder=${commands[$words[1]]:-$words[1]}
  folder=${folder:A}
  program=${folder:t}
  folder=${folder:h}/../share/livedata/completion
  # A word after livedata leads to another program.
  if [[ $program == livedata && $CURRENT -gt 2 && -r $folder/livedata-$words[2] ]]; then
    program=livedata-$words[2]
  fi
  table=$folder/$program
  [[ -r $table ]] || return 1
  if [[ $PREFIX == --*=* ]]; then
    option=${PREFIX%%=*}=
    compset -P '*='
    values=(${=$(awk -F '\t' -v option="$option" '$1 == option { print $2 }' $table)})
    if (( $#values )); then
      compadd -a values
    else
      _files
    fi
    return
  fi
  described=("${(@f)$(awk -F '\t' '/^-/ { gsub(/:/, "\\:", $3); print $1 ":" $3 }' $table)}")
  subcommands=("${(@f)$(awk -F '\t' '/^[^-]/ { print $1 }' $table)}")
  if [[ $PREFIX != -* ]] && (( $#subcommands[1] )); then
    compadd -a subcommands
  else
    _describe -o option described -S ''
  fi
}
_livedata "$@"
