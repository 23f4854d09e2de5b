using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.AdmissionRegistration;

internal sealed class ValidatingAdmissionPolicyStrategy : PolicyStrategy
{
    private const int MaxAuditAnnotations = 20;
    private const int MaxValueExpressionBytes = 5 * 1024;

    protected override void CheckAction(Field document)
    {
        var (validations, annotations) = (document["spec"]["validations"], document["spec"]["auditAnnotations"]);
        if (validations.IsEmpty && annotations.IsEmpty)
        {
            validations.Missing("validations or auditAnnotations must contain at least one item");
            annotations.Missing("validations or auditAnnotations must contain at least one item");
            return;
        }
        foreach (var validation in validations.Items)
            CheckValidation(validation);
        if (annotations.Items.Count() > MaxAuditAnnotations)
            annotations.Invalid($"must not have more than {MaxAuditAnnotations} auditAnnotations");
        foreach (var annotation in annotations.Items)
            CheckAnnotation(annotation, document["metadata"]["name"].Text);
        annotations.UniqueItems("key");
    }

    private static void CheckValidation(Field validation)
    {
        CheckExpression(validation["expression"]);
        var (message, expression) = (validation["message"], validation["messageExpression"]);
        if (!expression.IsEmpty && string.IsNullOrWhiteSpace(expression.Text))
            expression.Invalid("must be non-empty if specified");
        if (!message.IsEmpty && string.IsNullOrWhiteSpace(message.Text))
            message.Invalid("message must be non-empty if specified");
        else if (message.Text.Trim().Contains('\n', StringComparison.Ordinal))
            message.Invalid("message must not contain line breaks");
        validation["reason"].OneOf("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized");
    }

    /// <summary>It is written under the policy's name.</summary>
    private static void CheckAnnotation(Field annotation, string policy)
    {
        var (key, value) = (annotation["key"], annotation["valueExpression"]);
        if (policy.Length > 0 && !key.IsEmpty)
            key.Invalid(ApiMachinery.Validation.NameRules.QualifiedName($"{policy}/{key.Text}"));
        else
            key.Invalid(ApiMachinery.Validation.NameRules.QualifiedName(key.Text));
        if (string.IsNullOrWhiteSpace(value.Text))
            value.Missing("valueExpression is not specified");
        else
            value.MaxLength(MaxValueExpressionBytes);
    }
}
