using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using AllData.Configuration;
using AllData.Silo.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AllData.Tests.Support.Documentation;

/// <summary>All options of the silo program as Markdown: a table for each section, from the sources' summaries, the defaults and the validators.</summary>
internal sealed partial class OptionsListing(IServiceProvider services)
{
    private readonly SourceDocs _docs = new("Grains", "Silo");

    /// <summary>The lines.</summary>
    public IEnumerable<string> Lines()
    {
        using var configuration = new ConfigurationManager();
        foreach (var (path, type) in SiloHost.Sections(configuration).Select(static section => (section.Path, Type: section.Options.GetType())))
        {
            var bounds = new OptionBounds(type, options => IsTaken(type, options));
            foreach (var line in Section(path, SettingNode.Of(type), type, [], bounds))
            {
                yield return line;
            }
        }
    }

    private IEnumerable<string> Section(string path, SettingNode node, Type type, List<PropertyInfo> above, OptionBounds bounds)
    {
        var children = node.Children.Values.Select(child => (Node: child, Property: type.GetProperty(child.Name)!)).ToList();
        var values = children.FindAll(static child => child.Node.Children.Count == 0);
        yield return $"## {path}";
        yield return "";
        yield return _docs.Of(type);
        yield return "";
        if (values.Count > 0)
        {
            yield return "| option | default | bounds | |";
            yield return "|---|---|---|---|";
        }

        foreach (var (child, property) in values)
        {
            var unset = TextOf(property.GetValue(Activator.CreateInstance(type)!), child.Name);
            yield return $"| `{path}:{child.Name}` | {unset} | {bounds.Of([.. above, property])} | {WithoutDefault(_docs.Of(type, child.Name), unset)} |";
        }

        if (values.Count > 0)
        {
            yield return "";
        }

        foreach (var (child, property) in children.FindAll(static child => child.Node.Children.Count > 0))
        {
            foreach (var line in Section($"{path}:{child.Name}", child, property.PropertyType, [.. above, property], bounds))
            {
                yield return line;
            }
        }
    }

    private bool IsTaken(Type type, object options)
    {
        var contract = typeof(IValidateOptions<>).MakeGenericType(type);
        var validate = contract.GetMethod(nameof(IValidateOptions<object>.Validate))!;
        return services.GetServices(contract).All(validator => !((ValidateOptionsResult)validate.Invoke(
            validator, BindingFlags.DoNotWrapExceptions, binder: null, [Options.DefaultName, options], CultureInfo.InvariantCulture)!).Failed);
    }

    // The column says it, unless the words say more.
    private static string WithoutDefault(string summary, string unset) =>
        unset == "" ? summary : PlainDefault().Replace(summary, "").Trim();

    private static string TextOf(object? value, string name) => value switch
    {
        null or "" => "",
        bool flag => flag ? "true" : "false",
        string text => $"`{text}`",
        int or long when name.Contains("Bytes", StringComparison.Ordinal) => Size(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        int or long when name.EndsWith("Port", StringComparison.Ordinal) => $"{value}",
        int or long or double => string.Create(CultureInfo.InvariantCulture, $"{value:N0}"),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable list => string.Join(", ", list.Cast<object>()),
        _ => value.ToString()!,
    };

    private static string Size(long bytes) =>
        bytes >= 1 << 20 && bytes % (1 << 20) == 0 ? string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} ({bytes >> 20} MiB)")
        : bytes >= 1 << 10 && bytes % (1 << 10) == 0 ? string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} ({bytes >> 10} KiB)")
        : bytes.ToString("N0", CultureInfo.InvariantCulture);

    [GeneratedRegex(@" ?Default: (?:[\d,.]+|[^,;]{1,40}?)( \([^)]*\))?\.(?= |$)")]
    private static partial Regex PlainDefault();
}
