using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using AllData.Silo.Hosting;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Commands;

/// <summary><c>config</c>: shows and checks the settings that a silo would start with.</summary>
internal static class ConfigCommand
{
    // Shown to people and to programs that read JSON, not put into a page.
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var set = new Option<bool>("--set") { Description = "Only what is not the default." };
        var json = new Option<bool>("--json") { Description = "As JSON: name, value, origin and default of each." };
        var command = new Command(
            "config",
            "Shows every setting below AllData as a silo would take it that starts here with these arguments: its value, where it comes from (file, "
            + "environment, command line, default) and its default. Secrets are shown as ***. Checks them, too; starts nothing.")
        {
            set, json,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (result, _) =>
        {
            var (settings, complaint) = SettingArguments.From(result);
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            if (complaint is not null)
            {
                await error.WriteLineAsync(complaint);
                return 1;
            }

            return await RunAsync(SiloSettings.Of(settings), result.GetValue(set), result.GetValue(json), output, error);
        });
        return command;
    }

    private static async Task<int> RunAsync(SiloSettings settings, bool isOnlySet, bool isJson, TextWriter output, TextWriter error)
    {
        try
        {
            var configuration = SiloHost.Configure(settings).Configuration;
            var all = EffectiveSettings.Of(configuration).Where(setting => !isOnlySet || setting.Value != setting.Default).ToList();
            await output.WriteLineAsync(isJson ? JsonSerializer.Serialize(all, Json) : TableOf(all));
            SiloHost.ThrowIfInvalid(settings);
            return 0;
        }
        catch (OptionsValidationException e)
        {
            e.Failures.Distinct().ToList().ForEach(error.WriteLine);
            return 1;
        }
        catch (FormatException e)
        {
            // A file that a setting names, for example of a certificate: the sentence says which.
            await error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static string TableOf(IReadOnlyList<EffectiveSetting> settings)
    {
        ImmutableArray<string[]> rows =
        [
            ["setting", "value", "from", "default"],
            .. settings.Select(static s => new[] { s.Name, s.Value ?? "-", s.Origin, s.Default ?? "-" }),
        ];
        var widths = Enumerable.Range(0, 3).Select(column => rows.Max(row => row[column].Length)).ToArray();
        return string.Join(
            Environment.NewLine,
            rows.Select(row => ReadableText.EscapeLines(string.Join("  ", row.Select((cell, column) => column < 3 ? cell.PadRight(widths[column]) : cell)))));
    }
}
