using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Resource;

/// <summary>Which devices will do, in CEL; what the expressions say is not looked into.</summary>
internal static class DeviceSelectors
{
    private const int MaxSelectors = 32;
    private const int MaxExpressionBytes = 10 * 1024;

    public static void Check(Field selectors)
    {
        selectors.MaxItems(MaxSelectors);
        foreach (var selector in selectors.Items)
        {
            var cel = selector["cel"];
            if (cel.IsPresent)
                cel["expression"].MaxLength(MaxExpressionBytes);
            else
                cel.Missing();
        }
    }
}
