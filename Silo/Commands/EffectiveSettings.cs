using System.Collections;
using System.Globalization;
using AllData.Configuration;
using AllData.Silo.Hosting;
using AllData.Silo.LocalCluster;

namespace AllData.Silo.Commands;

/// <summary>A setting as a silo takes it.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Value">Its value; null if it has none. Of a secret, only whether there is one.</param>
/// <param name="Origin">Where the value comes from.</param>
/// <param name="Default">What it is when it is not set; null if it then has no value.</param>
internal sealed record EffectiveSetting(string Name, string? Value, string Origin, string? Default);

/// <summary>All settings of the store and the silo program, with what a silo that starts here and now would take.</summary>
internal static class EffectiveSettings
{
    /// <summary>The origin of a value that is not set.</summary>
    public const string Default = "default";

    private const string Hidden = "***";

    /// <summary>In the order of their names.</summary>
    public static IReadOnlyList<EffectiveSetting> Of(ConfigurationManager configuration) =>
        [.. SiloHost.Sections(configuration).SelectMany(section => Below(section.Path, SettingNode.Of(section.Options.GetType()), section.Options,
                Activator.CreateInstance(section.Options.GetType())!, configuration))
            .OrderBy(static setting => setting.Name, StringComparer.Ordinal)];

    private static IEnumerable<EffectiveSetting> Below(
        string path, SettingNode node, object? bound, object? unset, ConfigurationManager configuration) => node.Children.Values
        .SelectMany(child => (Path: $"{path}:{child.Name}", Value: ValueOf(bound, child), Unset: ValueOf(unset, child)) switch
        {
            var at when child.Entry is not null => Entries(configuration.GetSection(at.Path), configuration, TextOf(at.Unset)),
            var at when child.Children.Count > 0 => Below(at.Path, child, at.Value, at.Unset, configuration),
            var at => [SettingOf(at.Path, TextOf(at.Value), TextOf(at.Unset), configuration)],
        });

    // The values of a list are those that are configured, each with an origin of its own.
    private static IEnumerable<EffectiveSetting> Entries(IConfigurationSection list, ConfigurationManager configuration, string? unset)
    {
        var entries = list.AsEnumerable().Where(static entry => entry.Value is not null).ToList();
        return entries.Count == 0
            ? [new(list.Path, unset, Default, unset)]
            : entries.Select(entry => SettingOf(entry.Key, entry.Value, unset: null, configuration));
    }

    private static EffectiveSetting SettingOf(string path, string? value, string? unset, ConfigurationManager configuration) => new(
        path, value is not null && SecretSettings.IsSecret($"--{path}={value}") ? Hidden : value,
        SettingOrigin.Of(configuration, path) ?? (value == unset ? Default : "from other settings"), unset);

    private static object? ValueOf(object? owner, SettingNode child) => owner?.GetType().GetProperty(child.Name)?.GetValue(owner);

    private static string? TextOf(object? value) => value switch
    {
        null or "" => null,
        bool flag => flag ? "true" : "false",
        string text => text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable list => string.Join(", ", list.Cast<object?>().Select(TextOf)) is { Length: > 0 } joined ? joined : null,
        _ => value.ToString(),
    };
}
