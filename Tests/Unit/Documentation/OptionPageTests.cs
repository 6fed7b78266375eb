using AllData.Silo.Hosting;
using AllData.Tests.Support.Documentation;

namespace AllData.Tests.Unit.Documentation;

/// <summary>The page of options is what the code says.</summary>
public sealed class OptionPageTests
{
    [Fact]
    public void The_page_has_every_option_with_its_default_its_bounds_and_its_meaning()
    {
        using var app = SiloHost.Build(SiloSettings.Of([]));

        GeneratedPart.Check("docs/reference/options.md", new OptionsListing(app.Services).Lines());
    }
}
