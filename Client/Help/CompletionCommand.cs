using System.CommandLine;
using AllData.Client.Commands;

namespace AllData.Client.Help;

/// <summary><c>alldata completion SHELL</c> prints what a shell reads; it then asks the hidden <c>alldata complete</c> for words.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # Completion of alldata for bash. In ~/.bashrc: source <(alldata completion bash)
        _alldata() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(alldata complete --position "$COMP_POINT" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -F _alldata alldata
        """;

    private const string Zsh = """
        # Completion of alldata for zsh. In ~/.zshrc, after compinit: source <(alldata completion zsh)
        _alldata() {
            compadd -- ${(f)"$(alldata complete --position "$CURSOR" "$BUFFER" 2>/dev/null)"}
        }
        compdef _alldata alldata
        """;

    private const string PowerShell = """
        # Completion of alldata for PowerShell. In $PROFILE: alldata completion powershell | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName alldata -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            alldata complete --position $cursorPosition "$commandAst" |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    /// <summary>Prints the script of a shell.</summary>
    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or powershell." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "powershell");
        var command = new Command("completion", "Prints what a shell reads to complete the command's words and options.") { shell };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => PowerShell });
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Answers the shells: the words that may stand at a position of a line, one a line.</summary>
    public static Command CreateAnswer(RootCommand root)
    {
        var line = new Argument<string>("LINE");
        var position = new Option<int?>("--position");
        var command = new Command("complete") { line, position };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            var whole = parsed.GetValue(line)!;
            var typed = whole[..Math.Clamp(parsed.GetValue(position) ?? whole.Length, 0, whole.Length)].TrimStart();

            // The first word is the program, however it was called.
            var space = typed.IndexOf(' ', StringComparison.Ordinal);
            var word = typed[(typed.LastIndexOf(' ') + 1)..];
            foreach (var item in root.Parse(space < 0 ? "" : typed[(space + 1)..]).GetCompletions().Select(static item => item.InsertText ?? item.Label)
                .Where(item => item.StartsWith(word, StringComparison.Ordinal) && !item.StartsWith('/')))
            {
                parsed.InvocationConfiguration.Output.WriteLine(item);
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
